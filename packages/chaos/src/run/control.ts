import type { Ledger } from "../history/ledger.ts";
import { pause } from "./wait.ts";

/** What the Worker of chaos does besides answering: asked without a proxy between. */
export class Control {
  readonly #base: URL;

  /** @param worker its URL @param agent the agent's name */
  constructor(worker: URL, agent: string) {
    this.#base = new URL(`/control/${agent}/`, worker);
  }

  async ledger(run: string): Promise<Ledger> {
    const text = await this.#ask(`ledger?run=${run}`, { method: "GET" });
    const ledger: Ledger = JSON.parse(text);
    return ledger;
  }

  /** What its own SQLite says. */
  async isRunning(run: string): Promise<boolean> {
    return (await this.ledger(run)).runs.some(({ id, state }) => id === run && state === "running");
  }

  /** Another one for each object that the runtime makes of the agent. To be asked wakes it. */
  life(): Promise<string> {
    return this.#ask("life", { method: "GET" });
  }

  async crash(): Promise<void> {
    await this.#ask("crash", { method: "POST" });
  }

  /** Answers that wait for it go on. */
  async goOn(): Promise<void> {
    await this.#ask("go", { method: "POST" });
  }

  async expire(): Promise<void> {
    await this.#ask("expire", { method: "POST" });
  }

  /** The Worker may just be away, and its object may just have died. @throws Error where that lasts */
  async #ask(path: string, init: { readonly method: string }): Promise<string> {
    let last: unknown;
    for (let tries = 0; tries < 200; tries++) {
      try {
        const response = await fetch(new URL(path, this.#base), init);
        // Read here: a Worker may be killed in the middle of it.
        const text = await response.text();
        if (response.ok) return text;
        last = `${response.status} ${text}`;
      } catch (error) {
        last = error;
      }
      await pause(100);
    }
    throw new Error(`The Worker did not answer ${path} for 20 s.`, { cause: last });
  }
}
