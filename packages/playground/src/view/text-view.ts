import type { RunChunk } from "@agent-transports/protocol";
import { make } from "./dom.ts";

/**
 * A browser lays out a whole block when its text grows. So a long answer is several of them, as if they were paragraphs: a block is left at the end of a
 * sentence behind so many characters, and at any space behind twice as many.
 */
const BLOCK_CHARACTERS = 1_500;
const SENTENCE_END = /[.!?]\s+$/;

/** Whoever has scrolled up further than this reads there, and is left there. */
const FOLLOW_PX = 40;

/** The text of a lane. What comes is gathered, and put into the page once a frame. */
export class TextView {
  readonly #box: HTMLElement;
  #block: HTMLElement;
  #end: Text;
  #characters = 0;
  #waiting: (string | HTMLElement)[] = [];

  constructor(box: HTMLElement) {
    this.#box = box;
    this.#end = new Text();
    this.#block = make("div", {}, this.#end);
    box.append(this.#block);
  }

  /** @param carried what the other lane was given of the run */
  clear(carried: readonly RunChunk[]): void {
    this.#waiting = [];
    this.#box.replaceChildren();
    this.#newBlock();
    const items = itemsOf(carried);
    if (items.length === 0) return;
    const span = make("span", { className: "carried" }, ...items);
    // One text, and not as many as there were tokens.
    span.normalize();
    this.#add(span);
  }

  take(chunks: readonly RunChunk[]): void {
    this.#waiting.push(...itemsOf(chunks));
  }

  flush(): void {
    if (this.#waiting.length === 0) return;
    const { scrollTop, scrollHeight, clientHeight } = this.#box;
    const follows = scrollHeight - scrollTop - clientHeight < FOLLOW_PX;
    let text = "";
    for (const item of this.#waiting) {
      if (typeof item === "string") {
        text += item;
        this.#characters += item.length;
        if (!isBlockEnd(item, this.#characters)) continue;
        this.#end.appendData(text);
        this.#newBlock();
      } else {
        this.#end.appendData(text);
        this.#add(item);
      }
      text = "";
    }
    if (text !== "") this.#end.appendData(text);
    this.#waiting = [];
    if (follows) this.#box.scrollTop = this.#box.scrollHeight;
  }

  #newBlock(): void {
    this.#characters = 0;
    this.#end = new Text();
    this.#block = make("div", {}, this.#end);
    this.#box.append(this.#block);
  }

  #add(element: HTMLElement): void {
    this.#end = new Text();
    this.#block.append(element, this.#end);
  }
}

/** What is shown of events: text, and what was sent into the run. Bytes are drawn elsewhere. */
function itemsOf(chunks: readonly RunChunk[]): (string | HTMLElement)[] {
  return chunks.flatMap((chunk): (string | HTMLElement)[] => {
    if (chunk.type === "text-delta") return [chunk.delta];
    if (chunk.type !== "data-input" || chunk["data"] instanceof Uint8Array) return [];
    return [make("span", { className: "input" }, inputText(chunk["data"]))];
  });
}

function inputText(data: unknown): string {
  return typeof data === "string" ? data : JSON.stringify(data);
}

function isBlockEnd(token: string, characters: number): boolean {
  if (characters < BLOCK_CHARACTERS) return false;
  return SENTENCE_END.test(token) || (characters > 2 * BLOCK_CHARACTERS && /\s$/.test(token));
}
