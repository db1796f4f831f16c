import { TransportError, type Run } from "@agent-transports/sse-client";
import type { Transport } from "../follow/clients.ts";
import type { Lane } from "../follow/lane.ts";
import { IMAGE_SIZE, imageRows, rowOf } from "../image/image.ts";
import { find, milliseconds, write } from "./dom.ts";

/** So many rows are sent without an answer: within what a client queues, and what an agent takes a second. */
const ROWS_AT_ONCE = 16;

/** Sends a line of text into the live run, or an image as bytes, over the transport that is chosen. */
export class SendForm {
  readonly #form = find("#send", HTMLFormElement);
  readonly #buttons: readonly HTMLButtonElement[] = [...this.#form.querySelectorAll("button")];
  readonly #input = find("#input", HTMLInputElement, this.#form);
  readonly #over = find("#over", HTMLSelectElement, this.#form);
  readonly #said = find("#sent", HTMLElement);
  readonly #lanes: Readonly<Record<Transport, Lane>>;
  readonly #contexts: Readonly<Record<Transport, CanvasRenderingContext2D>> = { sse: contextOf("sse"), ws: contextOf("ws") };

  constructor(lanes: Readonly<Record<Transport, Lane>>) {
    this.#lanes = lanes;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      const text = this.#input.value;
      if (text === "") return;
      this.#input.value = "";
      void this.#report("Accepted", async (run) => void (await run.send(text)));
    });
    find("#draw", HTMLButtonElement, this.#form).addEventListener("click", () => void this.#report("Image sent", sendImage));
  }

  live(live: boolean): void {
    for (const button of this.#buttons) button.disabled = !live;
  }

  /** Draws what a lane was given, if it is of an image. */
  bytes(transport: Transport, bytes: Uint8Array): void {
    const row = rowOf(bytes);
    if (row !== undefined) this.#contexts[transport].putImageData(new ImageData(row.pixels, IMAGE_SIZE, 1), 0, row.y);
  }

  clear(): void {
    for (const context of Object.values(this.#contexts)) context.clearRect(0, 0, IMAGE_SIZE, IMAGE_SIZE);
    write(this.#said, "");
  }

  async #report(done: string, send: (run: Run) => Promise<void>): Promise<void> {
    const transport: Transport = this.#over.value === "ws" ? "ws" : "sse";
    const { run } = this.#lanes[transport];
    if (run === undefined) return write(this.#said, "This lane follows no run.");
    const askedAt = performance.now();
    try {
      await send(run);
      write(this.#said, `${done} after ${milliseconds(performance.now() - askedAt)}, ${this.#over.selectedOptions[0]?.textContent ?? ""}.`);
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      write(this.#said, error.message);
    }
  }
}

async function sendImage(run: Run): Promise<void> {
  const rows = imageRows();
  for (let first = 0; first < rows.length; first += ROWS_AT_ONCE) {
    await Promise.all(rows.slice(first, first + ROWS_AT_ONCE).map((row) => run.send(row)));
  }
}

function contextOf(transport: Transport): CanvasRenderingContext2D {
  const canvas = find(`#image-${transport}`, HTMLCanvasElement);
  canvas.width = canvas.height = IMAGE_SIZE;
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("This browser draws on no canvas.");
  return context;
}
