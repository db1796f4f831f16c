import { placeOf, TransportError, type Attempt, type Place } from "@agent-transports/client-core";
import { isChunk, isRunEnd, parseEventId, type RunChunk } from "@agent-transports/protocol";
import { createParser } from "eventsource-parser";
import fc from "fast-check";
import { expect, it } from "vitest";
import { readEvents, type Taker } from "./connection.ts";
import { streamOf } from "./event-stream.ts";

/** What is given to an application of one event stream, and what ends that. */
interface Reading {
  readonly events: readonly (readonly [id: string, data: unknown])[];
  /** `undefined` where the stream ends before anything is wrong with it. */
  readonly fault: string | undefined;
}

/** Where a run of the log `e` has come to. As that of the client, it takes nothing behind its end. */
class Log {
  readonly events: (readonly [id: string, data: RunChunk])[] = [];
  #over = false;

  complete(): void {
    this.#over = true;
  }

  take(id: string, chunk: RunChunk): Place | "malformed" {
    const parsed = parseEventId(id);
    return parsed === undefined ? "malformed" : this.takeAt(parsed.epoch, parsed.seq, chunk, id);
  }

  takeAt(epoch: string, seq: number, chunk: RunChunk, id = `${epoch}.${seq}`): Place {
    if (this.#over) return "seen";
    const place = placeOf(this.events.length === 0 ? undefined : "e", this.events.length, epoch, seq);
    if (place === "next") this.events.push([id, chunk]);
    if (isRunEnd(chunk)) this.complete();
    return place;
  }
}

const attempt: Attempt = {
  signal: new AbortController().signal,
  opened: () => 15_000,
  heard: () => undefined,
  pause: () => undefined,
  unpause: () => undefined,
  retry: () => undefined,
  period: () => undefined,
  progress: () => undefined,
  sending: () => 0,
};

/** As the client reads it, in these pieces. */
async function byUs(pieces: readonly Uint8Array<ArrayBuffer>[]): Promise<Reading> {
  const log = new Log();
  const run: Taker<RunChunk> = {
    take: (id, chunk) => log.take(id, chunk),
    takeAt: (epoch, seq, chunk, id) => log.takeAt(epoch, seq, chunk, id),
    complete: () => log.complete(),
    handOver: () => undefined,
    whenDrained: () => undefined,
    stopped: false,
  };
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });
  const response = streamOf(new Response(body, { headers: { "Content-Type": "text/event-stream" } }));
  try {
    await readEvents(run, response, attempt);
    return { events: log.events, fault: undefined };
  } catch (error) {
    return { events: log.events, fault: error instanceof TransportError ? error.code : String(error) };
  }
}

/** As the parser and `JSON.parse` read all of it at once. */
function byParser(text: string): Reading {
  const log = new Log();
  let fault: string | undefined;
  let ended = false;
  createParser({
    onEvent({ event, id, data }) {
      if (ended || fault !== undefined || event !== undefined) return;
      let chunk: unknown;
      try {
        chunk = JSON.parse(data);
      } catch {
        chunk = undefined;
      }
      if (id === undefined || !isChunk(chunk)) fault = "unexpected_response";
      else {
        ended = isRunEnd(chunk);
        if (!["next", "seen"].includes(log.take(id, chunk))) fault = "unexpected_response";
      }
    },
  }).feed(text);
  return { events: log.events, fault: fault ?? (ended ? undefined : "connection_lost") };
}

const words = fc.oneof(
  fc.string({ unit: "binary", maxLength: 6 }),
  fc.constantFrom("漢字", "𝒳𝒳", "\u2028", "\u0085", "\ufeff", "\u007f", "\\n", '\\"', "\\u0041", "\\", '"', "\u0000", "\ud800", '","x":"'),
);
/** `<n>` is the event's place: the next one of the log, or one beside it. */
const event = fc.oneof(
  { weight: 12, arbitrary: words.map((delta) => `id: e.<0>\ndata: {"type":"text-delta","id":"0","delta":"${delta}"}\n\n`) },
  fc
    .tuple(words, fc.constantFrom("1", "a.b", "é", ""))
    .map(([delta, part]) => `id: e.<0>\ndata: {"type":"text-delta","id":"${part}","delta":"${delta}"}\n\n`),
  fc.constantFrom(
    'id: e.<0>\ndata: {"type":"text-delta","id":"0","delta":"twice","delta":"seen"}\n\n',
    'id: e.<0>\ndata: {"__proto__":1,"type":"text-delta","id":"0","delta":"x"}\n\n',
    'id: e.<0>\ndata: {"type":"text-delta", "id":"0","delta":"x"}\n\n',
    'id: e.<0>\ndata: {"type":"text-delta","id":"0","delta":1e2}\n\n',
    'id: e.<0>\r\ndata: {"type":"text-delta","id":"0","delta":"crlf"}\r\n\r\n',
    'id: e.<0>\rdata: {"type":"text-delta","id":"0","delta":"cr"}\r\r',
    'id: e.<0>\ndata: {"type":"text-delta","id":"0",\ndata: "delta":"lines"}\n\n',
    'data: {"type":"text-delta","id":"0","delta":"id behind"}\nid: e.<0>\n\n',
    'id:e.<0>\ndata:{"type":"text-delta","id":"0","delta":"bare"}\n\n',
    ' id: e.<0>\ndata: {"type":"text-delta","id":"0","delta":"no id"}\n\n',
    'id: e.<-1>\ndata: {"type":"text-delta","id":"0","delta":"again"}\n\n',
    'id: e.<1>\ndata: {"type":"text-delta","id":"0","delta":"gap"}\n\n',
    'id: f.<0>\ndata: {"type":"text-delta","id":"0","delta":"other"}\n\n',
    'id: e.0<0>\ndata: {"type":"text-delta","id":"0","delta":"zero"}\n\n',
    'event: x\nid: e.<0>\ndata: {"type":"text-delta","id":"0","delta":"named"}\n\n',
    'id: e.<0>\ndata: {"type":"data-run-end","data":{"state":"finished"},"transient":true}\n\n',
    ":hb\n\n",
    "retry: 5\n\n",
    "\n",
    "\r\n",
    "\r",
    "id: e.9",
    "\ufeff",
  ),
);
const first = fc.constantFrom("", "\ufeff", ":ok\n\n", ":ok\r\n\r\n");

/** The events with their places, as long as they are counted as the log would. */
function placed(events: readonly string[]): string {
  let seq = 0;
  return events
    .map((one) => one.replace(/<(-?\d)>/, (_, n: string) => String(Math.max(1, (n === "0" ? (seq += 1) : seq + 1) + Number(n)))))
    .join("");
}

const FUZZ_RUNS = Number(process.env["FUZZ_RUNS"] ?? 10_000);

/** Changes of single bytes: most of them are then no UTF-8, or no line of an event. */
const changes = fc.array(
  fc.record({
    at: fc.nat({ max: 10_000 }),
    byte: fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(0, 10, 13, 32, 34, 46, 58, 92, 0xef, 0xff)),
    kind: fc.constantFrom("set", "put", "cut"),
  }),
  { maxLength: 3 },
);

function changed(
  bytes: Uint8Array<ArrayBuffer>,
  made: readonly { readonly at: number; readonly byte: number; readonly kind: string }[],
): Uint8Array<ArrayBuffer> {
  const result = [...bytes];
  for (const { at, byte, kind } of made) {
    const place = at % (result.length + 1);
    if (kind === "cut") result.splice(place, 1);
    else result.splice(place, kind === "set" ? 1 : 0, byte);
  }
  return Uint8Array.from(result);
}

it("reads an event stream, in whatever pieces it comes, as the parser and JSON.parse read the whole", async () => {
  const counts = { whole: 0, many: 0 };
  const stream = fc.record({
    first,
    events: fc.array(event, { maxLength: 12 }),
    cuts: fc.array(fc.nat({ max: 1_000 }), { maxLength: 8 }),
    made: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: changes }),
  });
  await fc.assert(
    fc.asyncProperty(stream, async ({ first: beginning, events, cuts, made }) => {
      const bytes = changed(new TextEncoder().encode(beginning + placed(events)), made);
      await sameAsParser(bytes, cuts, counts);
    }),
    { numRuns: FUZZ_RUNS },
  );
  // Of both there was enough.
  expect(Math.min(counts.whole, counts.many)).toBeGreaterThan(FUZZ_RUNS / 20);
});

it("reads any bytes, in whatever pieces they come, as the parser and JSON.parse read the whole", async () => {
  const line = fc.oneof(
    fc.constantFrom(
      ...["id: e.1", "data: {}", 'data: {"type":"start"}', "data", ":", "event", "id", "retry: 1", "\ufeff", ""].map((text) => [
        ...new TextEncoder().encode(text),
      ]),
    ),
    fc.uint8Array({ maxLength: 6 }).map((bytes) => [...bytes]),
  );
  const end = fc.constantFrom([10], [13], [13, 10], [10, 10], [13, 13], []);
  const any = fc.array(fc.tuple(line, end), { maxLength: 16 }).map((lines) => Uint8Array.from(lines.flat(2)));
  const counts = { whole: 0, many: 0 };
  await fc.assert(
    fc.asyncProperty(any, fc.array(fc.nat({ max: 1_000 }), { maxLength: 8 }), (bytes, cuts) => sameAsParser(bytes, cuts, counts)),
    { numRuns: FUZZ_RUNS },
  );
  expect(counts.whole).toBeGreaterThan(FUZZ_RUNS / 20);
});

async function sameAsParser(
  bytes: Uint8Array<ArrayBuffer>,
  cuts: readonly number[],
  counts: { whole: number; many: number },
): Promise<void> {
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  const pieces = at.slice(1).map((end, index) => bytes.slice(at[index], end));
  const expected = byParser(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
  expect(await byUs(pieces)).toEqual(expected);
  if (expected.fault !== "unexpected_response") counts.whole += 1;
  if (expected.events.length > 3) counts.many += 1;
}
