import * as assert from "../assert.ts";
import type { RunEvent } from "@agent-transports/client-core";
import type { RunChunk } from "@agent-transports/protocol";
import {
  anotherLog,
  textRun,
  collect,
  assertWhole,
  readSlowly,
  rejection,
  prompt,
  quick,
  sentWhenStopped,
  type ConformanceCase,
} from "./support.ts";

function cannotResumeCase(reason: "unknown_epoch" | "beyond_tail" | "expired"): ConformanceCase {
  return {
    title: `ends with a typed error, and does not start over, when the server cannot resume: ${reason}`,
    async run({ server, client }) {
      await server.runs(textRun("r"));
      await server.plan([{ error: { code: "cannot_resume", message: "No.", reason } }]);
      const error = await rejection(collect(client(quick).resume("r", { after: "other.3" })));
      assert.equal(error.code, "cannot_resume");
      assert.equal(error.reason, reason);
      assert.equal((await server.asked()).length, 1);
    },
  };
}

/** What reaches the application: each event once, in order (PROTOCOL.md §7). */
export const deliveryCases: readonly ConformanceCase[] = [
  {
    title: "delivers a run's events once, in order, and ends with it",
    async run({ server, client }) {
      const run = textRun("r", 50);
      await server.runs(run);
      const followed = client().start(prompt);
      assertWhole(await collect(followed), run);
      assert.equal(await followed.started, "r");
      assert.equal(followed.id, "r");
      assert.deepEqual(followed.end, { state: "finished" });
      assert.equal(followed.connection, "ended");
      assert.equal(followed.lastEventId, `${run.epoch}.53`);
    },
  },
  {
    title: "follows a run that it did not start, from its first event or from any other",
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      assertWhole(await collect(client().resume("r")), run);
      assertWhole(await collect(client().resume("r", { after: `${run.epoch}.5` })), run, 6);
    },
  },
  {
    title: "resumes before the first event when the connection is lost before it",
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      await server.plan([{ cut: "reset" }], ["rest"]);
      assertWhole(await collect(client().start(prompt)), run);
      assert.equal((await server.asked())[1]?.cursor, undefined);
    },
  },
  {
    title: "drops events that the server sends again",
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      await server.plan([{ send: [1, 5] }, { cut: "reset" }], [{ send: [2, 9] }]);
      assertWhole(await collect(client().start(prompt)), run);
    },
  },
  {
    title: "follows more runs than a handshake has room for",
    needs: "one socket",
    only: { transport: "ws", because: "each run has a connection of its own" },
    async run({ server, client }) {
      const runs = Array.from({ length: 150 }, (_, n) => ({ ...textRun(`${n}`.padStart(64, "r"), 1), epoch: `ep-${n}` }));
      await server.runs(...runs);
      const one = client();
      const followed = runs.map(({ id }) => collect(one.resume(id)));
      for (const [n, events] of (await Promise.all(followed)).entries()) assertWhole(events, runs[n]!);
      assert.equal((await server.connected()).length, 1);
    },
  },
  {
    title: "reconnects from its cursor when an event is missing, and skips nothing",
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      await server.plan([{ send: [1, 3] }, { send: [5, 9] }], ["rest"]);
      assertWhole(await collect(client(quick).start(prompt)), run);
      assert.equal((await server.asked())[1]?.cursor, `${run.epoch}.3`);
    },
  },
  {
    title: "delivers no event of another log, and ends with the server's error",
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      await server.plan(...anotherLog);
      const seen: RunEvent[] = [];
      const error = await rejection(collect(client(quick).start(prompt), (event) => seen.push(event)));
      assert.equal(error.code, "cannot_resume");
      assert.equal(error.reason, "unknown_epoch");
      assert.deepEqual(
        seen.map(({ id }) => id),
        [1, 2, 3].map((seq) => `${run.epoch}.${seq}`),
      );
    },
  },
  {
    title: "refuses a malformed id from the application without asking the server",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      for (const after of ["nonsense", "e.0", "e.01", "e.-1", "e.9007199254740993", "e.1\r\nX: y", `e.1\u0000`]) {
        const error = await rejection(collect(client().resume("r", { after })));
        assert.equal(error.code, "cannot_resume", after);
        assert.equal(error.reason, "malformed", after);
      }
      assert.equal((await server.asked()).length, 0);
    },
  },
  {
    title: "ends at once, with how the run ended, when there is nothing left to read",
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      const followed = client().resume("r", { after: `${run.epoch}.9` });
      assert.deepEqual(await collect(followed), []);
      assert.deepEqual(followed.end, { state: "finished" });
    },
  },
  {
    title: "ends, with how the run ended, when it is sent again a terminal event that the application has",
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      // As where a proxy takes the cursor out of a request.
      await server.plan([{ send: [7, 9] }, "hold"]);
      const followed = client(quick).resume("r", { after: `${run.epoch}.9` });
      assert.deepEqual(await collect(followed), []);
      assert.deepEqual(followed.end, { state: "finished" });
      assert.equal(followed.connection, "ended");
      assert.equal((await server.asked()).length, 1);
    },
  },
  {
    title: "slows the server down when the application is slow, and then delivers everything",
    async run({ server, client }) {
      const run = textRun("r", 400, 65_536);
      await server.runs(run);
      const followed = client({ heartbeatMs: 60_000 }).start(prompt);
      assertWhole(await readSlowly(server, followed[Symbol.asyncIterator]()), run);
    },
  },
  {
    title: "slows the server down also in a run that it resumes, and then delivers everything",
    only: { transport: "ws", because: "over SSE there is nothing to ask for: the network slows the server down" },
    async run({ server, client }) {
      const run = textRun("r", 40, 65_536);
      await server.runs(run);
      const events = client({ heartbeatMs: 60_000 }).resume("r")[Symbol.asyncIterator]();
      const received = [await events.next()];
      const sent = await sentWhenStopped(server);
      // A window is four of them.
      assert.ok(sent < 20, `${sent} of 43 events, of 64 KiB, were sent to a reader that has read one.`);
      while (received.at(-1)?.done !== true) received.push(await events.next());
      assertWhole(
        received.flatMap((one) => (one.done === true ? [] : [one.value])),
        run,
      );
    },
  },
  {
    title: "moves its cursor when the application has received an event, not before",
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      const followed = client().start(prompt);
      await followed.started;
      assert.equal(followed.lastEventId, undefined);
      for await (const event of followed) assert.equal(followed.lastEventId, event.id);
    },
  },
  {
    title: "refuses a second iteration of one run",
    needs: "one reader",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      const followed = client().start(prompt);
      await collect(followed);
      assert.equal((await rejection(collect(followed))).code, "invalid_option");
    },
  },
  {
    title: "gives the same events as a stream of chunks",
    needs: "streams",
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      const chunks: RunChunk[] = [];
      const reader = client().start(prompt).toReadableStream().getReader();
      for (let next = await reader.read(); !next.done; next = await reader.read()) chunks.push(next.value);
      assert.deepEqual(chunks, run.chunks);
    },
  },
  {
    title: "follows many runs at once",
    async run({ server, client }) {
      const runs = Array.from({ length: 12 }, (_, index) => textRun(`r${index}`, 20));
      await server.runs(...runs);
      const one = client();
      const all = await Promise.all(runs.map(({ id }) => collect(one.resume(id))));
      for (const [index, events] of all.entries()) assertWhole(events, runs[index]!);
    },
  },
  cannotResumeCase("unknown_epoch"),
  cannotResumeCase("beyond_tail"),
  cannotResumeCase("expired"),
];
