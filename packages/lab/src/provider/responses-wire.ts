import type { SendPart } from "./reply.ts";
import { event, PartCursor, type Wire, type WireOptions } from "./wire.ts";

/** Those of OpenAI's `status` that a response has here. */
export type ResponseStatus = "queued" | "in_progress" | "completed" | "cancelled";

/** An item of a response's output. */
interface Item {
  readonly part: SendPart;
  readonly id: string;
  text: string;
}

/**
 * `POST /responses` with `stream: true`.
 *
 * From the types of OpenAI's own package (`openai` 6.49.0): the events, their members, the states, and that no event says that a response was cancelled. Assumed: the order of the
 * events, and that their numbers begin with 0 and have no gap.
 */
export class ResponsesWire implements Wire {
  /** Of the response. */
  readonly id: string;
  readonly #options: WireOptions;
  readonly #cursor: PartCursor;
  readonly #done: Item[] = [];
  #open: Item | undefined;
  #events = 0;
  #tokens = 0;

  constructor(options: WireOptions) {
    this.#options = options;
    this.#cursor = new PartCursor(options.parts);
    this.id = `resp_${options.key}`;
  }

  /** What `GET /responses/<id>` answers, and the events of a response's states hold. */
  response(status: ResponseStatus): object {
    const { model, background } = this.#options;
    const output = [
      ...this.#done.map((item) => itemOf(item, "completed")),
      ...(this.#open === undefined ? [] : [itemOf(this.#open, status === "in_progress" ? "in_progress" : "incomplete")]),
    ];
    const usage = status === "completed" ? usageOf(this.#tokens) : null;
    return { id: this.id, object: "response", created_at: 0, status, background, error: null, model, output, usage };
  }

  accepted(): string[] {
    const { background } = this.#options;
    if (!background) return [this.#state("response.created", "in_progress")];
    return [this.#state("response.created", "queued"), this.#state("response.queued", "queued")];
  }

  begun(): string[] {
    return [this.#state("response.in_progress", "in_progress"), ...this.#openItem()];
  }

  token(text: string): string[] {
    const events: string[] = [];
    this.#tokens += 1;
    while (this.#cursor.isUsedUp && this.#cursor.next()) {
      events.push(...this.#closeItem());
      events.push(...this.#openItem());
    }
    this.#cursor.take();
    events.push(this.#delta(text));
    return events;
  }

  end(): string[] {
    const events = this.#closeItem();
    while (this.#cursor.next()) {
      events.push(...this.#openItem());
      events.push(...this.#closeItem());
    }
    events.push(this.#state("response.completed", "completed"));
    return events;
  }

  #openItem(): string[] {
    const part = this.#cursor.current;
    if (part === undefined) return [];
    const nth = this.#done.filter((item) => item.part.type === part.type).length + 1;
    const item: Item = { part, id: nth === 1 ? this.#options.key : `${this.#options.key}_${nth}`, text: "" };
    this.#open = item;
    const events = [this.#typed("response.output_item.added", { item: itemOf(item, "in_progress", true) })];
    if (part.type === "text")
      events.push(this.#typed("response.content_part.added", { ...this.#place(), content_index: 0, part: textPart("") }));
    if (part.type === "reasoning")
      events.push(this.#typed("response.reasoning_summary_part.added", { ...this.#place(), summary_index: 0, part: summaryPart("") }));
    if (part.whole !== undefined) events.push(this.#delta(part.whole));
    return events;
  }

  #delta(text: string): string {
    const item = this.#opened();
    item.text += text;
    switch (item.part.type) {
      case "text":
        return this.#typed("response.output_text.delta", { ...this.#place(), content_index: 0, delta: text, logprobs: [] });
      case "reasoning":
        return this.#typed("response.reasoning_summary_text.delta", { ...this.#place(), summary_index: 0, delta: text });
      case "call":
        return this.#typed("response.function_call_arguments.delta", { ...this.#place(), delta: text });
    }
  }

  #closeItem(): string[] {
    if (this.#open === undefined) return [];
    const item = this.#opened();
    const { text } = item;
    const events: string[] = [];
    switch (item.part.type) {
      case "text":
        events.push(this.#typed("response.output_text.done", { ...this.#place(), content_index: 0, text, logprobs: [] }));
        events.push(this.#typed("response.content_part.done", { ...this.#place(), content_index: 0, part: textPart(text) }));
        break;
      case "reasoning":
        events.push(this.#typed("response.reasoning_summary_text.done", { ...this.#place(), summary_index: 0, text }));
        events.push(this.#typed("response.reasoning_summary_part.done", { ...this.#place(), summary_index: 0, part: summaryPart(text) }));
        break;
      case "call":
        events.push(this.#typed("response.function_call_arguments.done", { ...this.#place(), name: item.part.name, arguments: text }));
    }
    events.push(this.#typed("response.output_item.done", { item: itemOf(item, "completed") }));
    this.#done.push(item);
    this.#open = undefined;
    return events;
  }

  #opened(): Item {
    if (this.#open === undefined) throw new RangeError("A token came before its response began.");
    return this.#open;
  }

  /** Where a delta belongs. */
  #place(): { readonly item_id: string } {
    return { item_id: itemId(this.#opened()) };
  }

  #state(type: string, status: ResponseStatus): string {
    return this.#write({ type, response: this.response(status) });
  }

  #typed(type: string, members: object): string {
    return this.#write({ type, output_index: this.#done.length, ...members });
  }

  #write({ type, ...members }: { readonly type: string; readonly [member: string]: unknown }): string {
    const text = `event: ${type}\n${event({ type, sequence_number: this.#events, ...members })}`;
    this.#events += 1;
    return text;
  }
}

function itemId({ part, id }: Item): string {
  return `${{ text: "msg", reasoning: "rs", call: "fc" }[part.type]}_${id}`;
}

/** @param empty as `response.output_item.added` has it */
function itemOf(item: Item, status: string, empty = false): object {
  const { part, text } = item;
  switch (part.type) {
    case "text":
      return { id: itemId(item), type: "message", status, role: "assistant", content: empty ? [] : [textPart(text)] };
    case "reasoning":
      return { id: itemId(item), type: "reasoning", summary: empty ? [] : [summaryPart(text)] };
    case "call":
      return { id: itemId(item), type: "function_call", status, call_id: `call_${item.id}`, name: part.name, arguments: text };
  }
}

function textPart(text: string): object {
  return { type: "output_text", text, annotations: [], logprobs: [] };
}

function summaryPart(text: string): object {
  return { type: "summary_text", text };
}

function usageOf(tokens: number): object {
  return { input_tokens: 1, output_tokens: tokens, total_tokens: tokens + 1 };
}
