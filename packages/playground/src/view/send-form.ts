import { TransportError } from "@agent-transports/sse-client";
import type { Transport } from "../follow/clients.ts";
import type { Lane } from "../follow/lane.ts";
import { find } from "./dom.ts";

/** Sends a line of text into the live run, over the transport that is chosen. */
export class SendForm {
  readonly #form = find("#send", HTMLFormElement);
  readonly #button = find("button", HTMLButtonElement, this.#form);

  constructor(lanes: Readonly<Record<Transport, Lane>>, say: (sentence: string) => void) {
    const input = find("#input", HTMLInputElement, this.#form);
    const over = find("#over", HTMLSelectElement, this.#form);
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      const run = (over.value === "ws" ? lanes.ws : lanes.sse).run;
      if (run === undefined || input.value === "") return;
      const text = input.value;
      input.value = "";
      const askedAt = performance.now();
      run.send(text).then(
        () => say(`Accepted after ${Math.round(performance.now() - askedAt)} ms, ${over.selectedOptions[0]?.textContent ?? ""}.`),
        (error: unknown) => say(error instanceof TransportError ? error.message : String(error)),
      );
    });
  }

  live(live: boolean): void {
    this.#button.disabled = !live;
  }
}
