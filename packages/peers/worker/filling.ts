/** Events that are made in an agent and not by a model: as many, and as large, as a test asks for. */
import type { UIMessage, UIMessageChunk } from "ai";

/** What a log is filled with where its size is what matters: `fill {…}` in a prompt, as the benchmark writes it. */
interface Filling {
  /** How many events. */
  readonly events: number;
  /** Of each event's JSON, in bytes. */
  readonly bytes: number;
  /** Asked before the first event, after every `every` and after the last, with `?made=` so many; the next are made once it has answered. */
  readonly gate: string;
  readonly every: number;
}

/**
 * What a prompt asks to be made without a model; `undefined` for one that a model answers.
 *
 * `fill 1000` makes so many text deltas, which no log may join.
 */
export function filling(prompt: string): AsyncIterable<UIMessageChunk> | undefined {
  const asked = /^fill ([0-9]+|\{.*\})$/.exec(prompt)?.[1];
  if (asked === undefined) return undefined;
  if (!asked.startsWith("{")) return words(Number(asked));
  const given: Filling = JSON.parse(asked);
  return large(given);
}

/** As a stream that makes the next only when it is asked for. */
export function streamOf<T>(items: AsyncIterable<T>): ReadableStream<T> {
  const iterator = items[Symbol.asyncIterator]();
  return new ReadableStream<T>(
    {
      async pull(controller) {
        const { done, value } = await iterator.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await iterator.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

/** A person's words in their last message. */
export function textOf(message: UIMessage | undefined): string {
  return message?.parts.map((part) => (part.type === "text" ? part.text : "")).join("") ?? "";
}

async function* words(count: number): AsyncGenerator<UIMessageChunk> {
  yield { type: "start" };
  yield { type: "text-start", id: "0" };
  for (let index = 0; index < count; index++) {
    yield { type: "text-delta", id: "0", delta: `w${index} word ` };
    // Readers and the runtime's output gate have their turns.
    if (index % 1_000 === 999) await new Promise((resolve) => setTimeout(resolve, 0));
  }
  yield { type: "text-end", id: "0" };
  yield { type: "finish", finishReason: "stop" };
}

/**
 * Transient data, as an agent sends progress or sound: it is in the log, and in no message. A text of so many megabytes would be held by every agent that
 * keeps a conversation, with or without a reader, and would hide what the reader costs.
 */
async function* large({ events, bytes, gate, every }: Filling): AsyncGenerator<UIMessageChunk> {
  yield { type: "start" };
  for (let index = 0; index < events; index++) {
    if (index % every === 0) await pass(gate, index);
    const room = bytes - JSON.stringify(largeChunk(index, "")).length;
    yield largeChunk(index, `event ${index} `.padEnd(room, "0123456789abcde "));
  }
  await pass(gate, events);
  yield { type: "finish", finishReason: "stop" };
}

function largeChunk(index: number, text: string): UIMessageChunk {
  return { type: "data-filling", data: { index, text }, transient: true };
}

async function pass(gate: string, made: number): Promise<void> {
  const answer = await fetch(`${gate}?made=${made}`);
  await answer.arrayBuffer();
  if (!answer.ok) throw new Error(`The gate answered ${answer.status}.`);
}
