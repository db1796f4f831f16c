import type { RunEvent, StateChange } from "@agent-transports/client-core";
import * as assert from "../assert.ts";
import { scriptedFetch, type EventStreamAnswer } from "./answers.ts";
import { cutAt, eachByte, eventStream, lineEnds, manyBytesRun, withBom, type LineEnds } from "./event-stream.ts";
import { assertWhole, collect, prompt, quick, rejection, textRun, type CaseContext, type ConformanceCase } from "./support.ts";

const only = { transport: "sse", because: "a frame arrives whole, and its text is not the client's to decode" } as const;
const run = manyBytesRun;
const ascii = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

/** How far a client got with one scripted answer, however often it asked: its events, and the error that they ended with. */
async function follow(
  client: CaseContext["client"],
  pieces: EventStreamAnswer["pieces"],
): Promise<{
  readonly events: RunEvent[];
  readonly code: string;
  readonly status: number | undefined;
  readonly cursors: readonly (string | null)[];
  readonly cursor: string | undefined;
}> {
  const { fetch, cursors } = scriptedFetch(Array.from({ length: 3 }, () => ({ pieces })));
  const followed = client({ ...quick, fetch }).resume("r");
  const events: RunEvent[] = [];
  const { code, status } = await rejection(collect(followed, (event) => events.push(event)));
  return { events, code, status, cursors, cursor: followed.lastEventId };
}

function casesOf(name: string, ends: LineEnds): ConformanceCase[] {
  const { bytes, completeAt } = eventStream(ends);
  return [
    {
      title: `reads a stream whose lines end with ${name} when it is split in two at any byte`,
      only,
      async run({ client }) {
        const stream = withBom(bytes);
        const { fetch } = scriptedFetch(Array.from({ length: stream.length }, (_, at) => ({ pieces: cutAt(stream, [at]) })));
        const one = client({ fetch });
        for (let at = 0; at < stream.length; at++) assertWhole(await collect(one.resume("r")), run);
      },
    },
    {
      title: `reads a stream whose lines end with ${name} byte by byte, with and without a BOM`,
      only,
      async run({ client }) {
        const { fetch } = scriptedFetch([{ pieces: eachByte(bytes) }, { pieces: eachByte(withBom(bytes)) }]);
        const one = client({ fetch });
        assertWhole(await collect(one.resume("r")), run);
        assertWhole(await collect(one.resume("r")), run);
      },
    },
    {
      title: `resumes when a stream whose lines end with ${name} is lost after any byte`,
      only,
      async run({ client }) {
        for (let at = 0; at < bytes.length; at++) {
          const had = completeAt.filter((complete) => complete <= at).length;
          if (had === run.chunks.length) continue; // The run has ended; what is lost is the LF of its last CRLF.
          const scripted = scriptedFetch([{ pieces: cutAt(bytes.slice(0, at), []) }, { pieces: [eventStream(ends, had + 1).bytes] }]);
          const one = client({ ...quick, fetch: scripted.fetch });
          assertWhole(await collect(one.resume("r")), run);
          one.close();
          assert.deepEqual(scripted.cursors, [null, had === 0 ? null : `${run.epoch}.${had}`], `lost after byte ${at}`);
        }
      },
    },
    {
      title: `delivers an event at its blank line, without waiting for more bytes, when lines end with ${name}`,
      only,
      async run({ client }) {
        for (const [index, complete] of completeAt.entries()) {
          const { fetch } = scriptedFetch([
            { pieces: [bytes.slice(0, complete - 1), bytes.slice(complete - 1, complete)], last: "silence" },
          ]);
          // Who waits for more is told by the heartbeat, and is then refused.
          const one = client({ ...quick, fetch, heartbeatMs: 10_000 });
          const events: RunEvent[] = [];
          for await (const event of one.resume("r")) if (events.push(event) > index) break;
          assert.deepEqual(
            events.map(({ data }) => data),
            run.chunks.slice(0, index + 1),
          );
          one.close();
        }
      },
    },
  ];
}

/** What of an event stream is this protocol, and what a client does about what is not. */
function refusedCase(title: string, block: string): ConformanceCase {
  return {
    title,
    only,
    async run({ client }) {
      const first = 'id: ep-r.1\ndata: {"type":"start"}\n\n';
      const stream = ascii(`${first}${block}id: ep-r.2\ndata: {"type":"text-delta","id":"0","delta":"never"}\n\n`);
      for (const pieces of [[stream], eachByte(stream)]) {
        assert.deepEqual(await follow(client, pieces), {
          events: [{ id: "ep-r.1", data: { type: "start" } }],
          code: "unexpected_response",
          status: undefined,
          cursors: [null, "ep-r.1", "ep-r.1"],
          cursor: "ep-r.1",
        });
      }
    },
  };
}

/** From the bytes of an event stream to its events (PROTOCOL.md §3.2, WHATWG HTML §9.2.6). */
export const parsingCases: readonly ConformanceCase[] = [
  ...Object.entries(lineEnds).flatMap(([name, ends]) => casesOf(name === "mixed" ? "all three in turn" : name, ends)),
  {
    title: "reads the same events from a connection that delivers one byte at a time",
    only,
    async run({ server, client }) {
      await server.runs(run);
      for (const ends of Object.values(lineEnds)) {
        await server.plan([{ bytes: eachByte(withBom(eventStream(ends).bytes)).map((piece) => Array.from(piece)) }, { cut: "clean" }]);
        assertWhole(await collect(client().resume("r")), run);
      }
    },
  },
  {
    title: "does not deliver a last event without its blank line, and asks for it again",
    only,
    async run({ server, client }) {
      await server.runs(run);
      const { bytes, completeAt } = eventStream(lineEnds.LF);
      await server.plan([{ bytes: [Array.from(bytes.subarray(0, completeAt[2]! - 1))] }, { cut: "clean" }], ["rest"]);
      assertWhole(await collect(client(quick).start(prompt)), run);
      assert.equal((await server.asked())[1]?.cursor, `${run.epoch}.2`);
    },
  },
  refusedCase(
    "ends with unexpected_response after three events whose id has a NUL, which the standard ignores, and delivers none of them",
    "id: ep-r.2\0\ndata: {}\n\n",
  ),
  refusedCase("ends with unexpected_response after three events without an id", 'data: {"type":"start"}\n\n'),
  refusedCase("ends with unexpected_response after three events with an empty id", 'id\ndata: {"type":"start"}\n\n'),
  refusedCase("ends with unexpected_response after three events with empty data", "id: ep-r.2\ndata\n\n"),
  {
    title: "strips one BOM only: a second BOM, or one on a later line, is text",
    only,
    async run({ client }) {
      // Were it stripped, the event would have a name, and would not be one of this protocol.
      const stream = withBom(ascii('event: x\nid: ep-r.1\n\uFEFFid: ep-r.9\ndata: {"type":"start"}\n\n'), 2);
      for (const pieces of [[stream], eachByte(stream)]) {
        assert.deepEqual((await follow(client, pieces)).events, [{ id: "ep-r.1", data: { type: "start" } }]);
      }
    },
  },
  {
    title: "reads invalid UTF-8 as U+FFFD, and continues",
    only,
    async run({ client }) {
      const [before, after] = ['id: ep-r.1\ndata: {"type":"text-delta","id":"0","delta":"', '"}\n\n'].map(ascii);
      const stream = Uint8Array.from([...before!, 0xf0, 0x9f, 0x98, ...after!]);
      for (const pieces of [[stream], eachByte(stream)]) {
        assert.deepEqual(
          (await follow(client, pieces)).events.map(({ data }) => data),
          [{ type: "text-delta", id: "0", delta: "\uFFFD" }],
        );
      }
    },
  },
  ...[
    { retry: "retry: 700", atLeastMs: 700 },
    { retry: "retry:700", atLeastMs: 700 },
    { retry: "retry: 700\nretry: 7e5\nretry: -1\nretry\nretry: 8.5\nRetry: 9", atLeastMs: 700 },
    { retry: "retry: 700\nretry: 0", atLeastMs: 0 },
    { retry: `retry: ${"9".repeat(30)}`, atLeastMs: 86_400_000 },
  ].map(({ retry, atLeastMs }): ConformanceCase => ({
    title: `waits ${atLeastMs === 0 ? "no longer than usual" : `${atLeastMs} ms or longer`} after a loss when the stream said ${JSON.stringify(retry)}`,
    only,
    async run({ client }) {
      const scripted = scriptedFetch([{ pieces: eachByte(ascii(`${retry}\n\nid: ep-r.1\ndata: {"type":"start"}\n\n`)) }]);
      const followed = client({ ...quick, fetch: scripted.fetch }).resume("r");
      const waiting = Promise.withResolvers<StateChange>();
      followed.onStateChange((change) => {
        if (change.to === "waiting") waiting.resolve(change);
      });
      const all = rejection(collect(followed));
      const { delayMs = -1 } = await waiting.promise;
      assert.ok(atLeastMs === 0 ? delayMs <= quick.retry.baseMs / 10 : delayMs >= atLeastMs, `It waits ${delayMs} ms.`);
      // What it says is what it does: a timer that has run over fires at once.
      if (atLeastMs > 0) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        assert.equal(scripted.cursors.length, 1, "It did not wait.");
        followed.close();
      }
      await all;
    },
  })),
  ...[
    { what: "line", begin: 'id: ep-r.2\ndata: "', more: "x".repeat(65_536) },
    { what: "event", begin: "id: ep-r.2\n", more: `data: ${"x".repeat(65_529)}\n` },
  ].map(({ what, begin, more }): ConformanceCase => ({
    title: `gives up a stream whose ${what} does not end, before it has 8 MB of it, and asks again from its cursor`,
    only,
    async run({ client }) {
      const first = ascii('id: ep-r.1\ndata: {"type":"start"}\n\n');
      const piece = ascii(more);
      // 16 MB, if anybody reads them.
      const answer = { pieces: [first, ascii(begin), ...Array.from({ length: 250 }, () => piece)], last: "silence" } as const;
      const scripted = scriptedFetch([answer]);
      const followed = client({ ...quick, fetch: scripted.fetch }).resume("r");
      const error = await rejection(collect(followed));
      assert.equal(error.status, 403); // It asked again, and was refused for good.
      assert.deepEqual(scripted.cursors, [null, "ep-r.1"]);
      assert.ok(scripted.read < 125, `It read ${scripted.read} pieces.`);
    },
  })),
  {
    title: "stops reading while the application has not taken the events that it holds",
    only,
    async run({ client }) {
      const long = textRun("r", 50);
      const pieces = long.chunks.map((chunk, index) => ascii(`id: ep-r.${index + 1}\ndata: ${JSON.stringify(chunk)}\n\n`));
      const scripted = scriptedFetch([{ pieces }]);
      const events: RunEvent[] = [];
      for await (const event of client({ fetch: scripted.fetch }).resume("r")) {
        events.push(event);
        // Some turns of the event loop: a reader that does not wait would be at the end.
        for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
        assert.ok(
          scripted.read <= events.length + 2,
          `${scripted.read} pieces were read for an application that has taken ${events.length}.`,
        );
      }
      assertWhole(events, long);
    },
  },
];
