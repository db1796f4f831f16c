import * as assert from "../assert.ts";
import type { Run, RunEvent } from "@agent-transports/client-core";
import { assertWhole, collect, collectInStep, prompt, quick, rejection, textRun, type ConformanceCase } from "./support.ts";

/** Who asks for this many events of a run in this time has been given some of them while others were on their way. */
const LIVE_EVENTS = 40;
const EVERY_MS = 10;

const keyReused = { code: "key_reused", message: "This key began another run." };
const notNow = { code: "too_many_requests", message: "Not now." };
const anotherPrompt = { prompt: "Another" };

/** The connections that a run lost, as its application is told. */
function losses(run: Run): readonly string[] {
  const lost: string[] = [];
  run.onStateChange(({ to, error }) => {
    if (to === "waiting") lost.push(error?.message ?? "no reason");
  });
  return lost;
}

/** Collects while the case does something else. `reached` resolves once the loop has had this event. */
function collectTo(run: Run, id?: string): { readonly whole: Promise<RunEvent[]>; readonly reached: Promise<void> } {
  const reached = Promise.withResolvers<void>();
  const whole = collect(run, (event) => event.id === id && reached.resolve());
  // A case that has failed meanwhile awaits it no more, and the rejection would end a process.
  whole.catch(() => undefined);
  return { whole, reached: reached.promise };
}

/** As an application that has something to wait for with each event. */
async function collectSlowly(run: Run): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of run) {
    events.push(event);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return events;
}

/** Several readers of one run in one client (PROTOCOL.md §4.1, §4.4). */
export const readerCases: readonly ConformanceCase[] = [
  {
    title: "gives each of several readers of a live run every event from its own start, without losing a connection",
    async run({ server, client }) {
      const [run, other] = [textRun("r", LIVE_EVENTS, 0, EVERY_MS), textRun("other", LIVE_EVENTS, 0, EVERY_MS)];
      await server.runs(run, other);
      const one = client(quick);
      const followed = [one.start(prompt), one.resume("other")];
      const lost = followed.map(losses);
      const first = collectTo(followed[0]!, "ep-r.12");
      const neighbour = collectTo(followed[1]!).whole;
      await first.reached;
      const behind = one.resume("r");
      const between = one.resume("r", { after: "ep-r.5" });
      const level = one.resume("r", { after: followed[0]!.lastEventId });
      lost.push(losses(behind), losses(between), losses(level));
      const from = Number(level.lastEventId?.split(".")[1]) + 1;
      const [all, late, middle, newest, others] = await Promise.all([
        first.whole,
        collect(behind),
        collect(between),
        collect(level),
        neighbour,
      ]);
      assertWhole(all, run);
      assertWhole(late, run);
      assertWhole(middle, run, 6);
      assertWhole(newest, run, from);
      assertWhole(others, other);
      // The start, the other run, and the three that came later.
      assert.deepEqual(lost, [[], [], [], [], []]);
    },
  },
  {
    title: "gives a live run to two readers whose starts share a key, without losing a connection",
    async run({ server, client }) {
      const run = textRun("r", LIVE_EVENTS, 0, EVERY_MS);
      await server.runs(run, textRun("second"));
      const one = client(quick);
      const first = one.start(prompt, { key: "k" });
      const lost = [losses(first)];
      const { whole, reached } = collectTo(first, "ep-r.8");
      await reached;
      const second = one.start(prompt, { key: "k" });
      lost.push(losses(second));
      assertWhole(await collect(second), run);
      assertWhole(await whole, run);
      assert.deepEqual(lost, [[], []]);
    },
  },
  {
    title: "keeps a run that a key began when another start with its key is refused",
    async run({ server, client }) {
      const run = textRun("r", LIVE_EVENTS, 0, EVERY_MS);
      await server.runs(run);
      await server.plan(["rest"], [{ error: keyReused }]);
      const one = client(quick);
      const first = one.start(prompt, { key: "k" });
      const lost = losses(first);
      const { whole, reached } = collectTo(first, "ep-r.8");
      await reached;
      assert.equal((await rejection(collect(one.start(anotherPrompt, { key: "k" })))).code, "key_reused");
      assertWhole(await whole, run);
      assert.deepEqual(lost, []);
    },
  },
  {
    title: "leaves a run that a key began alone when another start with its key is refused for now, and asks for that one again",
    needs: "one socket",
    only: { transport: "ws", because: "each start has a connection of its own" },
    async run({ server, client }) {
      const run = textRun("r", LIVE_EVENTS, 0, EVERY_MS);
      await server.runs(run);
      await server.plan(["rest"], [{ error: notNow }], ["rest"]);
      const one = client(quick);
      const first = one.start(prompt, { key: "k" });
      const lost = losses(first);
      const { whole, reached } = collectTo(first, "ep-r.8");
      await reached;
      const second = one.start(prompt, { key: "k" });
      const refused = losses(second);
      assertWhole(await collect(second), run);
      assertWhole(await whole, run);
      assert.deepEqual([lost.length, refused.length], [0, 1]);
    },
  },
  {
    title: "gives each of two starts that share a key its own answer, also where both are sent at once",
    needs: "one socket",
    only: { transport: "ws", because: "each start has a connection of its own" },
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      await server.plan(["rest"], [{ error: keyReused }]);
      const one = client(quick);
      const [first, second] = [one.start(prompt, { key: "k" }), one.start(anotherPrompt, { key: "k" })];
      const refused = rejection(collect(second));
      assertWhole(await collect(first), run);
      assert.equal((await refused).code, "key_reused");
      assert.equal(second.id, undefined);
    },
  },
  {
    title: "asks for a start whose key an earlier one has that was left before its answer",
    needs: "one socket",
    only: { transport: "ws", because: "each start has a connection of its own" },
    async run({ server, client }) {
      await server.runs(textRun("r"));
      await server.plan(["rest"], [{ error: keyReused }]);
      const one = client(quick);
      const [first, second] = [one.start(prompt, { key: "k" }), one.start(anotherPrompt, { key: "k" })];
      const refused = rejection(collect(second));
      await server.askedAt(0);
      first.close();
      assert.equal((await refused).code, "key_reused");
      assert.equal(second.id, undefined);
    },
  },
  {
    title: "does not hold up a reader when another reader of the same run is slow or stopped, and gives that one everything later",
    async run({ server, client }) {
      // Several windows of flow control.
      const run = textRun("r", 120, 16_384);
      await server.runs(run);
      const one = client({ ...quick, heartbeatMs: 60_000 });
      const unread = one.start(prompt);
      await unread.started;
      const slow = collectSlowly(one.resume("r"));
      assertWhole(await collect(one.resume("r")), run);
      assertWhole(await slow, run);
      assertWhole(await collect(unread), run);
    },
  },
  {
    title: "resumes a run that two readers follow with one request, from the slower reader's cursor",
    needs: "one socket",
    only: { transport: "ws", because: "each reader has a connection of its own" },
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      await server.plan([{ send: [1, 4] }, "hold"], [{ send: [1, 2] }, "wait", { cut: "reset" }]);
      const one = client(quick);
      const first = collectTo(one.start(prompt), "ep-r.4");
      await first.reached;
      assertWhole(await collectInStep(server, one.resume("r"), "ep-r.2"), run);
      assertWhole(await first.whole, run);
      assert.deepEqual(
        (await server.asked()).map(({ cursor }) => cursor),
        [undefined, undefined, "ep-r.2"],
      );
    },
  },
  {
    title: "keeps the other readers of a live run when one leaves, and tells the agent when the last one leaves",
    needs: "one socket",
    only: { transport: "ws", because: "over SSE whoever leaves closes the connection" },
    async run({ server, client }) {
      const run = textRun("r", 50 * LIVE_EVENTS, 0, EVERY_MS); // It does not end meanwhile.
      await server.runs(run);
      const one = client(quick);
      const [stays, leaves] = [one.start(prompt), one.resume("r")];
      const lost = [losses(stays), losses(leaves)];
      const reads = collectTo(stays, "ep-r.12");
      for await (const { id } of leaves) if (id.endsWith(".4")) break;
      await reads.reached;
      assert.deepEqual(await server.unsubscribed(), []);
      stays.close();
      assert.equal((await rejection(reads.whole)).code, "aborted");
      await stays.cancel(); // Answered after whatever was sent before it.
      assert.deepEqual(await server.unsubscribed(), ["r"]);
      assert.deepEqual(lost.flat(), []);
    },
  },
  {
    title: "ends only the reader whose cursor the server refuses, and keeps the other reader of that run",
    async run({ server, client }) {
      const run = textRun("r", LIVE_EVENTS, 0, EVERY_MS);
      await server.runs(run);
      await server.plan(["rest"], [{ error: { code: "cannot_resume", message: "No.", reason: "unknown_epoch" } }]);
      const one = client(quick);
      const good = one.start(prompt);
      const lost = losses(good);
      const { whole, reached } = collectTo(good, "ep-r.5");
      await reached;
      const error = await rejection(collect(one.resume("r", { after: "other.3" })));
      assert.equal(error.reason, "unknown_epoch");
      assertWhole(await whole, run);
      assert.deepEqual(lost, []);
    },
  },
  {
    title: "keeps a reader that waits for room, and ends the other reader of that run, whose cursor the server refuses behind it",
    needs: "one socket",
    only: { transport: "ws", because: "each reader has a connection of its own" },
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      const refused = { code: "cannot_resume", message: "No.", reason: "beyond_tail" } as const;
      await server.plan([{ send: [1, 0] }, { error: notNow }], [{ error: refused }]);
      const one = client(quick);
      const [good, beyond] = [one.resume("r"), one.resume("r", { after: "ep-r.99" })];
      const lost = losses(good);
      const ends = rejection(collect(beyond));
      assertWhole(await collect(good), run);
      assert.equal((await ends).reason, "beyond_tail");
      assert.equal(lost.length, 1);
    },
  },
  {
    title: "asks again for all readers of a run when a start that joined it is refused for now behind its answer",
    needs: "one socket",
    only: { transport: "ws", because: "each reader has a connection of its own" },
    async run({ server, client }) {
      const run = textRun("r", LIVE_EVENTS, 0, EVERY_MS);
      await server.runs(run);
      const refusal = JSON.stringify({ type: "error", error: notNow, frame: "start", key: "k" });
      await server.plan(["rest"], [{ send: [1, 0] }, { raw: refusal }, "hold"]);
      const one = client(quick);
      const { whole, reached } = collectTo(one.resume("r"), "ep-r.5");
      await reached;
      assertWhole(await collect(one.start(prompt, { key: "k" })), run);
      assertWhole(await whole, run);
    },
  },
  {
    title: "resumes a run after a faulty event, and does not interrupt another run on the connection",
    async run({ server, client }) {
      const [run, other] = [textRun("r"), textRun("other", LIVE_EVENTS, 0, EVERY_MS)];
      await server.runs(run, other);
      await server.plan(["rest"], [{ send: [1, 3] }, { sendAs: "no-dot", chunk: { type: "start" } }], ["rest"]);
      const one = client(quick);
      const neighbour = one.resume("other");
      const lost = losses(neighbour);
      const { whole, reached } = collectTo(neighbour, "ep-other.3");
      await reached;
      assertWhole(await collect(one.resume("r")), run);
      assertWhole(await whole, other);
      assert.equal((await server.asked())[2]?.cursor, "ep-r.3");
      assert.deepEqual(lost, []);
    },
  },
  {
    title: "ends a run whose faulty events keep coming, and not another run on the connection",
    async run({ server, client }) {
      const [run, other] = [textRun("r"), textRun("other", LIVE_EVENTS, 0, EVERY_MS)];
      await server.runs(run, other);
      const faulty = [{ sendAs: "no-dot", chunk: { type: "start" } }] as const;
      await server.plan(["rest"], faulty, faulty, faulty);
      const one = client(quick);
      const neighbour = one.resume("other");
      const { whole, reached } = collectTo(neighbour, "ep-other.3");
      await reached;
      assert.equal((await rejection(collect(one.resume("r")))).code, "unexpected_response");
      assertWhole(await whole, other);
      assert.equal((await server.asked()).length, 4);
    },
  },
  ...["not json", "<!doctype html>", '{"type":"events","run":"r"}'].map((raw): ConformanceCase => ({
    title: `resumes from its cursor when a gateway inserts this into the stream: ${raw}`,
    ...(raw.includes("run") && { only: { transport: "ws" as const, because: "it is a frame, and no event" } }),
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      await server.plan([{ send: [1, 2] }, { raw }], [{ raw }], ["rest"]);
      assertWhole(await collect(client(quick).start(prompt)), run);
      assert.deepEqual(
        (await server.asked()).map(({ cursor }) => cursor),
        [undefined, "ep-r.2", "ep-r.2"],
      );
    },
  })),
];
