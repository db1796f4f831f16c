import type { SubjectOptions } from "./support.ts";

/** What one request is answered with: the pieces of an event stream, each of which is one read. */
export interface EventStreamAnswer {
  readonly pieces: readonly Uint8Array<ArrayBuffer>[];
  /** What follows the pieces: the stream ends, or nothing more comes. Default `end`. */
  readonly last?: "end" | "silence";
}

/** A `fetch` that answers with scripted streams, to the byte, and remembers from where it was asked. */
export interface ScriptedFetch {
  readonly fetch: NonNullable<SubjectOptions["fetch"]>;
  /** The `Last-Event-ID` of each request. */
  readonly cursors: readonly (string | null)[];
  /** How many pieces were read of all answers. */
  readonly read: number;
}

/** @param answers in order; who asks once more is refused for good */
export function scriptedFetch(answers: Iterable<EventStreamAnswer>): ScriptedFetch {
  const next = answers[Symbol.iterator]();
  const cursors: (string | null)[] = [];
  let read = 0;
  return {
    cursors,
    get read() {
      return read;
    },
    async fetch(_url, init) {
      cursors.push(new Headers(init?.headers).get("Last-Event-ID"));
      const answer = next.next();
      if (answer.done === true) return new Response(null, { status: 403 });
      return eventStreamResponse(answer.value, () => (read += 1));
    },
  };
}

function eventStreamResponse({ pieces, last = "end" }: EventStreamAnswer, onRead: () => void): Response {
  let index = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const piece = pieces[index];
        index += 1;
        if (piece !== undefined) {
          onRead();
          controller.enqueue(piece);
        } else if (last === "end") controller.close();
        // A pull that never ends asks for no more.
        else return new Promise<void>(() => undefined);
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, { headers: { "Content-Type": "text/event-stream" } });
}
