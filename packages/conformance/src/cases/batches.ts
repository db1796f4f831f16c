import * as assert from "../assert.ts";
import type { Run, RunEvent, StateChange } from "@agent-transports/client-core";
import type { RunChunk } from "@agent-transports/protocol";
import { TestStorage } from "../test-storage.ts";
import { chunkToJson, type ScriptedRun } from "../script.ts";
import { scriptedFetch } from "./answers.ts";
import { cutAt } from "./event-stream.ts";
import { anotherLog, assertWhole, collect, prompt, quick, readSlowly, rejection, textRun, type ConformanceCase } from "./support.ts";

/** All batches, none of which may be empty. */
async function collectBatches(run: Run, onBatch?: (batch: readonly RunEvent[]) => unknown): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const batch of run.batches()) {
    assert.ok(batch.length > 0, "A batch was empty.");
    events.push(...batch);
    await onBatch?.(batch);
  }
  return events;
}

async function reaches(run: Run, state: StateChange["to"]): Promise<void> {
  if (run.connection === state) return;
  await new Promise<void>((resolve) => {
    const forget = run.onStateChange(({ to }) => {
      if (to !== state) return;
      forget();
      resolve();
    });
  });
}

const sizes = (batches: readonly (readonly RunEvent[])[]): number[] => batches.map(({ length }) => length);

/** Where each event of the run ends, in its event stream. */
function streamOf({ epoch, chunks }: ScriptedRun): { readonly bytes: Uint8Array<ArrayBuffer>; readonly ends: readonly number[] } {
  const encoder = new TextEncoder();
  let text = "";
  const ends = chunks.map((chunk, index) => {
    text += `id: ${epoch}.${index + 1}\ndata: ${JSON.stringify(chunkToJson(chunk))}\n\n`;
    return encoder.encode(text).length;
  });
  return { bytes: encoder.encode(text), ends };
}

/** Several events at a time (PROTOCOL.md §7): what an application gets of them is what it gets one by one. */
export const batchCases: readonly ConformanceCase[] = [
  {
    title: "delivers a run's events in batches, once and in order, and ends with it",
    async run({ server, client }) {
      const run = textRun("r", 50);
      await server.runs(run);
      const followed = client().start(prompt);
      assertWhole(await collectBatches(followed), run);
      assert.deepEqual(followed.end, { state: "finished" });
      assert.equal(followed.connection, "ended");
      assert.equal(followed.lastEventId, `${run.epoch}.53`);
    },
  },
  {
    title: "makes one batch of the events of one read",
    only: { transport: "sse", because: "a WebSocket is read frame by frame" },
    async run({ client }) {
      const run = textRun("r");
      const { bytes, ends } = streamOf(run);
      // Three events; one and a half; what is left.
      const { fetch } = scriptedFetch([{ pieces: cutAt(bytes, [ends[2]!, ends[3]! + 20]) }]);
      const batches: (readonly RunEvent[])[] = [];
      assertWhole(await collectBatches(client({ fetch }).resume("r"), (batch) => batches.push(batch)), run);
      assert.deepEqual(sizes(batches), [3, 1, 5]);
    },
  },
  {
    title: "makes one batch of the events of one frame",
    only: { transport: "ws", because: "an event stream has no frames" },
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      const frame = { type: "events", run: "r", id: `${run.epoch}.2`, events: run.chunks.slice(1, 6) };
      await server.plan([{ send: [1, 1] }, { raw: JSON.stringify(frame) }, "hold"]);
      const followed = client().resume("r");
      const batches: (readonly RunEvent[])[] = [];
      for await (const batch of followed.batches()) if (batches.push(batch) === 2) break;
      assert.deepEqual(sizes(batches), [1, 5]);
      assertWhole(batches.flat(), { ...run, chunks: run.chunks.slice(0, 6) });
    },
  },
  {
    title: "makes one batch of all frames that wait for a slow loop",
    only: { transport: "ws", because: "over SSE nothing is read while events wait" },
    async run({ server, client }) {
      const run = textRun("r", 50);
      await server.runs(run);
      const followed = client().start(prompt);
      const batches: (readonly RunEvent[])[] = [];
      const events = await collectBatches(followed, async (batch) => {
        batches.push(batch);
        await reaches(followed, "ended");
      });
      assertWhole(events, run);
      assert.equal(batches.length, 2);
    },
  },
  {
    title: "moves its cursor to the last event of a batch when the application has received the batch, not before",
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      const followed = client().start(prompt);
      await followed.started;
      assert.equal(followed.lastEventId, undefined);
      await collectBatches(followed, (batch) => assert.equal(followed.lastEventId, batch.at(-1)!.id));
    },
  },
  {
    title: "resumes a run that is read in batches behind the last event that came, and repeats nothing",
    async run({ server, client }) {
      const run = textRun("r", 20);
      await server.runs(run);
      await server.plan([{ send: [1, 5] }, "wait", { cut: "mid-event" }], [{ send: [4, 11] }, "wait", { cut: "reset" }], ["rest"]);
      const lasts = [`${run.epoch}.5`, `${run.epoch}.11`];
      const followed = client(quick).start(prompt);
      assertWhole(await collectBatches(followed, (batch) => lasts.includes(batch.at(-1)!.id) && server.go()), run);
      assert.deepEqual(
        (await server.asked()).map(({ cursor }) => cursor),
        [undefined, `${run.epoch}.5`, `${run.epoch}.11`],
      );
    },
  },
  {
    title: "goes on over another client from the cursor of a batch",
    async run({ server, client }) {
      const run = textRun("r", 20);
      await server.runs(run);
      await server.plan([{ send: [1, 7] }, "hold"]);
      const first = client();
      const followed = first.start(prompt);
      const events: RunEvent[] = [];
      for await (const batch of followed.batches()) if (events.push(...batch) >= 7) break;
      const { lastEventId } = followed;
      assertWhole([...events, ...(await collectBatches(client().resume("r", { after: lastEventId })))], run);
    },
  },
  {
    title: "delivers bytes inside batches, in order with the other events",
    async run({ server, client }) {
      const { chunks, ...rest } = textRun("r", 3);
      const bytes: RunChunk = { type: "data-audio", data: Uint8Array.of(0, 1, 254, 255) };
      const mixed = chunks.flatMap((chunk): RunChunk[] => (chunk.type === "text-delta" ? [chunk, bytes] : [chunk]));
      const run: ScriptedRun = { ...rest, chunks: mixed };
      await server.runs(run);
      assertWhole(await collectBatches(client().start(prompt)), run);
    },
  },
  {
    title: "ends quietly when the application leaves its loop over batches",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      await server.plan([{ send: [1, 3] }, "hold"]);
      const followed = client().start(prompt);
      let last: string | undefined;
      for await (const batch of followed.batches()) {
        last = batch.at(-1)!.id;
        break;
      }
      assert.equal(followed.connection, "ended");
      assert.equal(followed.end, undefined);
      assert.equal(followed.lastEventId, last);
    },
  },
  {
    title: "refuses to iterate a run a second time, be it by event, by batch or as a stream",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      const one = client();
      const byBatch = one.start(prompt);
      await collectBatches(byBatch);
      assert.equal((await rejection(collectBatches(byBatch))).code, "invalid_option");
      assert.equal((await rejection(collect(byBatch))).code, "invalid_option");
      const byEvent = one.resume("r");
      await collect(byEvent);
      assert.equal((await rejection(collectBatches(byEvent))).code, "invalid_option");
      const asStream = one.resume("r");
      await asStream.toReadableStream().cancel();
      assert.equal((await rejection(collectBatches(asStream))).code, "invalid_option");
    },
  },
  {
    title: "delivers in batches all that came before an error, and then throws it",
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      await server.plan(...anotherLog);
      const seen: RunEvent[] = [];
      const error = await rejection(collectBatches(client(quick).start(prompt), (batch) => seen.push(...batch)));
      assert.equal(error.code, "cannot_resume");
      assertWhole(seen, { ...run, chunks: run.chunks.slice(0, 3) });
    },
  },
  {
    title: "delivers the events of a read that a fault follows, before the next connection brings more",
    only: { transport: "sse", because: "a frame is faulty as a whole" },
    async run({ client }) {
      const run = textRun("r");
      const { bytes, ends } = streamOf(run);
      const fault = new TextEncoder().encode("id: ep-r.4\ndata: not json\n\n");
      const { fetch, cursors } = scriptedFetch([{ pieces: [Uint8Array.from([...bytes.slice(0, ends[2]), ...fault])] }]);
      // There is no second connection for as long as this case takes.
      const followed = client({ fetch, retry: { baseMs: 600_000, capMs: 600_000 } }).resume("r");
      for await (const batch of followed.batches()) {
        assertWhole(batch, { ...run, chunks: run.chunks.slice(0, 3) });
        break;
      }
      assert.deepEqual(cursors, [null]);
    },
  },
  {
    title: "drops what waits and throws, when a run that is read in batches is aborted",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      await server.plan([{ send: [1, 3] }, "hold"]);
      const abort = new AbortController();
      const followed = client().start(prompt, { signal: abort.signal });
      let batches = 0;
      const error = await rejection(
        collectBatches(followed, () => {
          batches += 1;
          abort.abort();
        }),
      );
      assert.equal(error.code, "aborted");
      assert.equal(batches, 1);
    },
  },
  {
    title: "remembers a batch's last event when its loop asks for the next batch, not before",
    async run({ server, client }) {
      const runs = [textRun("r0", 20), textRun("r1", 20)];
      await server.runs(...runs);
      for (const [asked, run] of runs.entries()) {
        // Not all of it, so that the run has not ended when it is restored.
        await server.plan([{ send: [1, 5] }, "hold"], ["rest"]);
        const storage = new TestStorage();
        const one = client({ storage });
        const batches = one.start(prompt, { saveAs: "it" }).batches()[Symbol.asyncIterator]();
        const first = await batches.next();
        const next = asked === 0 ? undefined : batches.next();
        one.close();
        await Promise.allSettled([next]);
        const received = asked === 0 || first.done === true ? [] : first.value;
        const restored = await client({ storage }).restore("it");
        assert.equal(restored?.lastEventId, received.at(-1)?.id);
        assertWhole([...received, ...(await collectBatches(restored!))], run);
      }
    },
  },
  {
    title: "slows the server down when a loop over batches is slow, and then delivers everything",
    async run({ server, client }) {
      const run = textRun("r", 400, 65_536);
      await server.runs(run);
      const followed = client({ heartbeatMs: 60_000 }).start(prompt);
      assertWhole((await readSlowly(server, followed.batches()[Symbol.asyncIterator]())).flat(), run);
    },
  },
];
