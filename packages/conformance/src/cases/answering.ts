import * as assert from "../assert.ts";
import { assertWhole, collect, inTime, limitMs, prompt, quick, rejection, textRun, type ConformanceCase } from "./support.ts";

/** An agent that hangs, behind a runtime that does not (PROTOCOL.md §4.7, §7.3). */
export const answerCases: readonly ConformanceCase[] = [
  {
    title: "sends a start again, under the same key, when it is not answered in time",
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      await server.plan(["mute"], ["rest"]);
      const dueMs = limitMs(server);
      const events = collect(client({ ...quick, connectTimeoutMs: dueMs }).start(prompt));
      assertWhole(await inTime(server, dueMs, events), run);
      const [first, second] = await server.asked();
      assert.ok(first?.key !== undefined);
      assert.equal(first.key, second?.key);
    },
  },
  {
    title: "gives up the connection at once when the agent answers nothing on it",
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      await server.plan(["mute"], ["rest"]);
      const followed = client({ ...quick, connectTimeoutMs: limitMs(server) }).resume("r");
      const states: string[] = [];
      followed.onStateChange(({ to }) => states.push(to));
      assertWhole(await inTime(server, limitMs(server), collect(followed)), run);
      // Over a WebSocket it was open before.
      assert.deepEqual(states.slice(states.indexOf("waiting")), ["waiting", "connecting", "open", "ended"]);
    },
  },
  {
    title: "gives up a start that is never answered when its retry policy is exhausted",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      await server.plan(["mute"], ["mute"], ["mute"]);
      const limits = { connectTimeoutMs: limitMs(server), heartbeatMs: limitMs(server) };
      const followed = client({ ...limits, retry: { ...quick.retry, maxTries: 2 } }).start(prompt);
      const error = await inTime(server, 2 * limitMs(server), rejection(collect(followed)));
      assert.equal(error.code, "retries_exhausted");
      assert.equal((await server.asked()).length, 2);
    },
  },
  {
    title: "gives up a resume that is never answered when its retry policy is exhausted",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      await server.plan(["mute"], ["mute"], ["mute"]);
      const limits = { connectTimeoutMs: limitMs(server), heartbeatMs: limitMs(server) };
      const followed = client({ ...limits, retry: { ...quick.retry, maxTries: 2 } }).resume("r");
      const error = await inTime(server, 2 * limitMs(server), rejection(collect(followed)));
      assert.equal(error.code, "retries_exhausted");
      assert.equal((await server.asked()).length, 2);
    },
  },
  {
    title: "sends an input again, under the same key, when it is not answered in time",
    needs: "inputs",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      await server.plan([{ send: [1, 2] }, "hold"], ["hold"]);
      await server.planInputs("mute");
      const followed = client({ ...quick, connectTimeoutMs: limitMs(server) }).start(prompt);
      assert.equal(await inTime(server, limitMs(server), followed.send("hello", { key: "once" })), "in.1");
      assert.deepEqual(await server.inputs(), [{ key: "once", data: "hello" }]);
    },
  },
  {
    title: "gives a large start the time that it takes to go up a slow line",
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      await server.plan([{ lateMs: 2 * limitMs(server) }, "rest"], [{ error: { code: "invalid_request", message: "Sent twice." } }]);
      const limits = { connectTimeoutMs: limitMs(server), heartbeatMs: limitMs(server) / 2 };
      assertWhole(await collect(client({ ...quick, ...limits }).start({ prompt: "x".repeat(48 * 1024) })), run);
      assert.equal((await server.asked()).length, 1);
    },
  },
  {
    title: "gives a large input the time that it takes to go up a slow line",
    needs: "inputs",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      // An event stream is silent meanwhile, and asked for again.
      await server.plan(...Array.from({ length: 20 }, () => ["hold"] as const));
      await server.planInputs({ lateMs: 2 * limitMs(server) }, { code: "invalid_request", message: "Sent twice." });
      const limits = { connectTimeoutMs: limitMs(server), heartbeatMs: limitMs(server) / 2 };
      assert.equal(
        await client({ ...quick, ...limits })
          .start(prompt)
          .send("x".repeat(48 * 1024)),
        "in.1",
      );
    },
  },
  {
    title: "cancels a run on another connection when the first one does not answer",
    needs: "inputs",
    only: { transport: "ws", because: "a cancel has a connection of its own" },
    async run({ server, client }) {
      await server.runs(textRun("r"));
      await server.plan([{ send: [1, 2] }, "mute"], ["hold"]);
      const followed = client({ ...quick, connectTimeoutMs: limitMs(server) }).start(prompt);
      await followed.started;
      await inTime(server, limitMs(server), followed.cancel());
      assert.deepEqual(await server.cancelled(), ["r"]);
    },
  },
  {
    title: "tries again after an error code that it does not know, as it does after internal",
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      await server.plan([{ error: { code: "of_a_later_version", message: "You know nothing of this." } }], ["rest"]);
      assertWhole(await collect(client(quick).resume("r")), run);
    },
  },
  {
    title: "does not treat an answer as missing while its own application is slow",
    async run({ server, client }) {
      const run = textRun("r", 60, 32_768);
      await server.runs(run);
      const followed = client({ ...quick, connectTimeoutMs: limitMs(server) }).start(prompt);
      await followed.started;
      // Longer than the limit: two windows wait, and nothing more is sent.
      await new Promise((resolve) => setTimeout(resolve, 2.5 * limitMs(server)));
      assertWhole(await collect(followed), run);
      assert.equal((await server.asked()).length, 1);
    },
  },
];
