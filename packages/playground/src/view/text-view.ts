import type { RunChunk } from "@agent-transports/protocol";
import { make } from "./dom.ts";

/** The text of a lane. What comes is gathered and put into the page once a frame, as one addition to one text node. */
export class TextView {
  readonly #box: HTMLElement;
  #end: Text;
  #waiting: (string | Node)[] = [];

  constructor(box: HTMLElement) {
    this.#box = box;
    this.#end = new Text();
    box.append(this.#end);
  }

  clear(carried: string): void {
    this.#waiting = [];
    this.#end = new Text();
    this.#box.replaceChildren(...(carried === "" ? [] : [make("span", { className: "carried" }, carried)]), this.#end);
  }

  take(chunks: readonly RunChunk[]): void {
    for (const chunk of chunks) {
      if (chunk.type === "text-delta") this.#waiting.push(chunk.delta);
      if (chunk.type === "data-input") this.#waiting.push(make("span", { className: "input" }, inputText(chunk["data"])));
    }
  }

  flush(): void {
    if (this.#waiting.length === 0) return;
    const { scrollTop, scrollHeight, clientHeight } = this.#box;
    // Whoever has scrolled up reads there.
    const follows = scrollHeight - scrollTop - clientHeight < 40;
    let text = "";
    for (const item of this.#waiting) {
      if (typeof item === "string") {
        text += item;
        continue;
      }
      this.#end.appendData(text);
      text = "";
      this.#end = new Text();
      this.#box.append(item, this.#end);
    }
    this.#end.appendData(text);
    this.#waiting = [];
    if (follows) this.#box.scrollTop = this.#box.scrollHeight;
  }
}

function inputText(data: unknown): string {
  if (data instanceof Uint8Array) return `${data.byteLength} bytes`;
  return typeof data === "string" ? data : JSON.stringify(data);
}
