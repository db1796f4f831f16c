import { TransportError } from "@agent-transports/client-core";
import { hashOf, jsonOf } from "../history/hash.ts";
import type { SentCancel, SentInput } from "../history/history.ts";
import { Dice } from "../dice/dice.ts";
import type { InputPlan } from "../plan/scenario.ts";
import type { Stage } from "./stage.ts";
import type { SubjectRun } from "./subject.ts";

type Answer = SentInput["answer"];

interface Sent extends SentInput {
  answer: Answer;
}

interface Cancelled extends SentCancel {
  stillRunning: boolean;
}

/** The inputs that lines send, and what was answered. */
export class Uplink {
  readonly #sent: Sent[] = [];
  readonly #cancels: Cancelled[] = [];
  readonly #pending: Set<Promise<void>> = new Set();
  readonly #isRunning: () => Promise<boolean>;
  readonly #listening: Pick<Stage, "signal">;
  readonly failedCancels: { readonly reader: string; readonly code: string; readonly what: string }[] = [];

  /**
   * @param isRunning what the Agent's own SQLite says: asked where an answer says that the run is over
   * @param options of every input
   */
  constructor(isRunning: () => Promise<boolean>, options: Pick<Stage, "signal"> = {}) {
    this.#isRunning = isRunning;
    this.#listening = options;
  }

  send(run: SubjectRun, reader: string, { bytes, size }: InputPlan): void {
    const n = this.#sent.length;
    const dice = new Dice(n, size);
    const data = bytes ? Uint8Array.from({ length: size }, () => dice.whole(0, 255)) : { n, text: "é".repeat(size) };
    const one: Sent = { reader, key: `input-${n}`, hash: hashOf(jsonOf({ data })), answer: { kind: "none" } };
    this.#sent.push(one);
    this.#settle(
      run.send(data, { key: one.key, ...this.#listening }).then(
        (id) => void (one.answer = { kind: "accepted", id }),
        async (error: unknown) => {
          const code = codeOf(error);
          // Nothing more is to be learnt of a client that was closed.
          const stillRunning = code !== "aborted" && (await this.#isRunning());
          one.answer = { kind: "refused", code, stillRunning };
        },
      ),
    );
  }

  /** @param behind the number of the last event that the reader has */
  cancel(run: SubjectRun, reader: string, behind: number): void {
    const one: Cancelled = { reader, behind, stillRunning: false };
    this.#cancels.push(one);
    this.#settle(
      run.cancel().then(
        async () => void (one.stillRunning = await this.#isRunning()),
        (error: unknown) => {
          const code = codeOf(error);
          if (code !== "aborted") this.failedCancels.push({ reader, code, what: String(error) });
        },
      ),
    );
  }

  get cancels(): readonly SentCancel[] {
    return this.#cancels;
  }

  /** Waits for what is not answered yet, so long at most. @throws Error where the Agent's SQLite could not be asked */
  async settled(limitMs: number): Promise<readonly SentInput[]> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const limit = new Promise<void>((resolve) => void (timer = setTimeout(resolve, limitMs)));
    await Promise.race([Promise.all(this.#pending), limit]);
    clearTimeout(timer);
    if (this.#failed !== undefined) throw this.#failed.error;
    return this.#sent;
  }

  #failed: { readonly error: unknown } | undefined;

  #settle(promise: Promise<void>): void {
    const settled = promise.catch((error: unknown) => void (this.#failed ??= { error })).finally(() => this.#pending.delete(settled));
    this.#pending.add(settled);
  }
}

function codeOf(error: unknown): string {
  return error instanceof TransportError ? error.code : String(error);
}
