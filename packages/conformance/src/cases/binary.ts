import * as assert from "../assert.ts";
import type { Run, StateChange } from "@agent-transports/client-core";
import { encodeBinaryFrame, type RunChunk } from "@agent-transports/protocol";
import type { ScriptedRun } from "../script.ts";
import {
  textRun,
  collect,
  collectInStep,
  assertWhole,
  rejection,
  prompt,
  quick,
  sentWhenStopped,
  type ConformanceCase,
} from "./support.ts";

const every = Uint8Array.from({ length: 256 }, (_, value) => value);
const none = new Uint8Array();

function filled(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let index = 0; index < length; index++) bytes[index] = index * 7 + (index >> 8);
  return bytes;
}

/** A run whose events are these, between its start and its end. */
function runOf(...chunks: readonly RunChunk[]): ScriptedRun {
  const { chunks: around, ...run } = textRun("r", 0);
  return { ...run, chunks: [...around.slice(0, 1), ...chunks, ...around.slice(1)] };
}

const text = (delta: string): RunChunk => ({ type: "text-delta", id: "0", delta });
const bytes = (data: Uint8Array, more: { id?: string; transient?: boolean } = {}): RunChunk => ({ type: "data-audio", ...more, data });

const mixed = runOf(
  text("a"),
  bytes(every),
  text("b"),
  text("c"),
  bytes(none),
  bytes(Uint8Array.of(0), { id: 'a "quoted" ü', transient: true }),
  { type: "data-note", data: { bytes: { $bytes: "AAAA" } } },
  { type: "data-note", data: { $bytes: "AAAA", more: 1 } },
  bytes(filled(1_000_000)),
  text("d"),
);

async function reaches(run: Run, state: StateChange["to"]): Promise<void> {
  await new Promise<void>((resolve) => {
    const forget = run.onStateChange(({ to }) => {
      if (to !== state) return;
      forget();
      resolve();
    });
  });
}

function inputCase(what: string, given: unknown, expected: Uint8Array): ConformanceCase {
  return {
    title: `sends ${what} as an input, byte for byte`,
    async run({ server, client }) {
      await server.runs(textRun("r"));
      await server.plan([{ send: [1, 2] }, "hold"]);
      assert.equal(await client().start(prompt).send(given, { key: "once" }), "in.1");
      assert.deepEqual(await server.inputs(), [{ key: "once", data: expected }]);
    },
  };
}

function malformedCase(what: string, frame: Uint8Array): ConformanceCase {
  return {
    title: `ends with unexpected_response when a binary frame is ${what}`,
    only: { transport: "ws", because: "an event stream has no binary frames" },
    async run({ server, client }) {
      await server.runs(textRun("r"));
      await server.plan([{ raw: frame }], [{ raw: frame }], [{ raw: frame }]);
      assert.equal((await rejection(collect(client(quick).start(prompt)))).code, "unexpected_response");
    },
  };
}

/** Bytes as an event's data, and as an input (PROTOCOL.md §1, §3.4, §4.6). */
export const binaryCases: readonly ConformanceCase[] = [
  {
    title: "delivers bytes as a Uint8Array, in order with the other events, and does not change data that only looks like bytes",
    async run({ server, client }) {
      await server.runs(mixed);
      const events = await collect(client().start(prompt));
      assertWhole(events, mixed);
      for (const { data: chunk } of events) {
        if (chunk.type !== "data-audio") continue;
        assert.ok("data" in chunk && chunk.data instanceof Uint8Array);
        // What an application makes of `buffer` must be the bytes, and nothing of the frame.
        assert.equal(chunk.data.buffer.byteLength, chunk.data.length);
      }
    },
  },
  ...(["reset", "clean", "mid-event"] as const).map((cut): ConformanceCase => ({
    title: `resumes before and after bytes when the stream is cut: ${cut}`,
    ...(cut === "mid-event" ? { only: { transport: "sse" as const, because: "a frame arrives whole or not at all" } } : {}),
    async run({ server, client }) {
      await server.runs(mixed);
      await server.plan(...[[1, 2] as const, [3, 3] as const, [4, 9] as const].map((send) => [{ send }, "wait", { cut }] as const), [
        "rest",
      ]);
      const lasts = [2, 3, 9].map((seq) => `${mixed.epoch}.${seq}`);
      assertWhole(await collectInStep(server, client(quick).start(prompt), ...lasts), mixed);
      assert.deepEqual(
        (await server.asked()).map(({ cursor }) => cursor),
        [undefined, ...lasts],
      );
    },
  })),
  {
    title: "accepts bytes as base64 in JSON, even on a connection that carries binary frames",
    async run({ server, client }) {
      const run = runOf(bytes(Uint8Array.of(0, 255, 16)));
      await server.runs(run);
      await server.plan([
        { send: [1, 1] },
        { sendAs: `${run.epoch}.2`, chunk: { type: "data-audio", data: { $bytes: "AP8Q" } } },
        { send: [3, 4] },
      ]);
      assertWhole(await collect(client().start(prompt)), run);
    },
  },
  ...["A", "AAA", "AAAA\n", "%%%%", 1].map(($bytes): ConformanceCase => ({
    title: `ends with unexpected_response when bytes are not valid base64 three times in a row: ${JSON.stringify($bytes)}`,
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      await server.plan(
        ...Array.from({ length: 3 }, () => [{ sendAs: `${run.epoch}.1`, chunk: { type: "data-audio", data: { $bytes } } }] as const),
      );
      assert.equal((await rejection(collect(client(quick).start(prompt)))).code, "unexpected_response");
    },
  })),
  malformedCase("empty", none),
  malformedCase("shorter than its header", Uint8Array.of(0, 0, 1, 0, 123)),
  malformedCase("not JSON", encodeBinaryFrame("{", every)),
  malformedCase("without an event", encodeBinaryFrame('{"type":"events","run":"r","id":"e.1"}', every)),
  {
    title: "ignores a binary frame of a type that it does not know",
    only: { transport: "ws", because: "an event stream has no binary frames" },
    async run({ server, client }) {
      await server.runs(mixed);
      await server.plan([{ raw: encodeBinaryFrame('{"type":"later"}', every) }, { send: [1, mixed.chunks.length] }]);
      assertWhole(await collect(client(quick).start(prompt)), mixed);
    },
  },
  {
    title: "slows the server down when the application reads bytes slowly, and then delivers everything",
    async run({ server, client }) {
      const run = runOf(...Array.from({ length: 200 }, (_, index) => bytes(filled(100_000 + index))));
      await server.runs(run);
      const events = client({ heartbeatMs: 60_000 }).start(prompt)[Symbol.asyncIterator]();
      const received = [await events.next()];
      // 20 MB are there to be sent. The kernels on the way hold some: behind a relay, which has sockets of its own, over 10 MB.
      const sent = await sentWhenStopped(server);
      assert.ok(sent < 150, `${sent} of 200 events of 100 kB were sent to a reader that has read one.`);
      while (received.at(-1)?.done !== true) received.push(await events.next());
      assertWhole(
        received.flatMap((one) => (one.done === true ? [] : [one.value])),
        run,
      );
    },
  },
  inputCase("all 256 bytes", every, every),
  inputCase("no bytes", none, none),
  inputCase("a megabyte", filled(1_000_000), filled(1_000_000)),
  inputCase("an ArrayBuffer", every.slice().buffer, every),
  inputCase("a view of part of a buffer", new Uint16Array(every.slice().buffer, 4, 8), every.slice(4, 20)),
  {
    title: "sends bytes again, under the same key, when the answer was lost, and they are accepted once",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      await server.plan([{ send: [1, 2] }, "hold"], ["hold"]);
      await server.planInputs("lost");
      assert.equal(await client(quick).start(prompt).send(every, { key: "once" }), "in.1");
      assert.deepEqual(await server.inputs(), [{ key: "once", data: every }]);
    },
  },
  {
    title: "sends bytes given while offline once, as they were at the call, and in order with other inputs",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      await server.plan([{ send: [1, 2] }, "wait", { cut: "reset" }], [{ refuse: 503 }], [{ refuse: 503 }], ["hold"], ["hold"]);
      await server.planInputs("lost");
      const followed = client({ retry: { baseMs: 50, capMs: 50 } }).start(prompt);
      const closed = rejection(collect(followed));
      await followed.started;
      const lost = reaches(followed, "connecting");
      await server.go();
      await lost;
      const buffer = every.slice();
      const sent = [followed.send("before", { key: "0" }), followed.send(buffer, { key: "1" })];
      buffer.fill(0);
      sent.push(followed.send({ n: 1 }, { key: "2" }));
      assert.deepEqual(await Promise.all(sent), ["in.1", "in.2", "in.3"]);
      assert.deepEqual(
        (await server.inputs()).map(({ data }) => data),
        ["before", every, { n: 1 }],
      );
      followed.close();
      assert.equal((await closed).code, "aborted");
    },
  },
];
