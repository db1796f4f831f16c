import * as assert from "../assert.ts";
import { assertWhole, collect, inTime, textRun, rejection, patience, prompt, quick, type ConformanceCase } from "./support.ts";

/** What goes up into a live run (PROTOCOL.md §3.4, §4.2). */
export const uplinkCases: readonly ConformanceCase[] = [
  {
    title: "sends inputs in the order of the calls, each answered with its id",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      await server.plan([{ send: [1, 2] }, "hold"]);
      const followed = client().start(prompt);
      const ids = await Promise.all([0, 1, 2, 3].map((n) => followed.send({ n })));
      assert.deepEqual(ids, ["in.1", "in.2", "in.3", "in.4"]);
      assert.deepEqual(
        (await server.inputs()).map(({ data }) => data),
        [0, 1, 2, 3].map((n) => ({ n })),
      );
    },
  },
  {
    title: "sends an input again, under the same key, when the answer was lost, and it is accepted once",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      await server.plan([{ send: [1, 2] }, "hold"], ["hold"]);
      await server.planInputs("lost");
      const followed = client(quick).start(prompt);
      assert.equal(await followed.send("hello", { key: "once" }), "in.1");
      assert.deepEqual(await server.inputs(), [{ key: "once", data: "hello" }]);
    },
  },
  {
    title: "queues inputs while offline, up to a limit, and sends each once, in order, when the connection is back",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      await server.plan([{ send: [1, 2] }, "silence"], ["hold"]);
      const limits = { heartbeatMs: patience(server), connectTimeoutMs: patience(server), maxPendingInputs: 3 };
      const followed = client({ ...quick, ...limits }).start(prompt);
      await followed.started;
      await server.planInputs("lost");
      const sent = ["a", "b", "c"].map((data) => followed.send(data, { key: data }));
      const error = await rejection(followed.send("one too many"));
      assert.equal(error.code, "queue_full");
      assert.deepEqual(await inTime(server, 2 * patience(server), Promise.all(sent)), ["in.1", "in.2", "in.3"]);
      assert.deepEqual(
        (await server.inputs()).map(({ data }) => data),
        ["a", "b", "c"],
      );
      // Those are answered, and there is room again.
      assert.equal(await followed.send("d", { key: "d" }), "in.4");
    },
  },
  {
    title: "fails unanswered inputs when the client is closed",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      await server.plan([{ send: [1, 2] }, "hold"], ["hold"]);
      await server.planInputs("lost", "lost", "lost", "lost");
      const one = client({ retry: { baseMs: 20_000 } });
      const followed = one.start(prompt);
      await followed.started;
      const sent = followed.send("never answered");
      for (let look = 0; look < 4_000 && (await server.inputs()).length === 0; look += 1)
        await new Promise((resolve) => setTimeout(resolve, 5));
      assert.equal((await server.inputs()).length, 1);
      one.close();
      assert.equal((await rejection(sent)).code, "aborted");
    },
  },
  {
    title: "stops waiting for an input's answer when its signal aborts, and continues with the others",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      await server.plan([{ send: [1, 2] }, "hold"], ["hold"]);
      await server.planInputs("lost");
      const followed = client(quick).start(prompt);
      await followed.started;
      const abort = new AbortController();
      const unanswered = rejection(followed.send("a", { key: "a", signal: abort.signal }));
      abort.abort("Enough.");
      const error = await unanswered;
      assert.equal(error.code, "aborted");
      assert.equal(error.message, "Enough.");
      assert.equal((await rejection(followed.send("b", { signal: abort.signal }))).code, "aborted");
      assert.equal(await followed.send("c", { key: "c" }), "in.2");
    },
  },
  {
    title: "fails an input that the agent refuses, with the agent's message",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      await server.plan([{ send: [1, 2] }, "hold"]);
      await server.planInputs({ code: "run_ended", message: "This run has ended." });
      const error = await rejection(client().start(prompt).send("too late"));
      assert.equal(error.code, "run_ended");
      assert.equal(error.message, "This run has ended.");
    },
  },
  {
    title: "ends an input that the agent keeps failing with run_ended, once its run has ended",
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      await server.plan([{ send: [1, 2] }, { cut: "reset" }]);
      await server.planInputs(...Array.from({ length: 400 }, () => ({ code: "internal", message: "Not now." })));
      const followed = client({ retry: { baseMs: 20, capMs: 20 }, connectTimeoutMs: 300 }).start(prompt);
      const sent = ["a", "b"].map((data) => rejection(followed.send(data)));
      assertWhole(await collect(followed), run);
      for (const error of await Promise.all(sent)) assert.equal(error.code, "run_ended");
      assert.equal((await rejection(followed.send("c"))).code, "run_ended");
    },
  },
  {
    title: "delivers an input's answer that comes after the run's end, and asks for it when there is none yet",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      const followed = client(quick).start(prompt);
      await collect(followed);
      assert.equal(await followed.send("taken before the end, and sent again", { key: "k" }), "in.1");
      await server.planInputs({ code: "run_ended", message: "This run has ended." });
      const error = await rejection(followed.send("too late"));
      assert.equal(error.message, "This run has ended.");
    },
  },
  {
    title: "sends an input again after too_many_requests, once the requested wait is over, and before later inputs",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      await server.plan([{ send: [1, 2] }, "hold"], ["hold"]);
      await server.planInputs({ code: "too_many_requests", message: "Later.", retryAfter: 0 });
      const followed = client(quick).start(prompt);
      await Promise.all(["a", "b", "c"].map((data) => followed.send(data, { key: data })));
      assert.deepEqual(
        (await server.inputs()).map(({ data }) => data),
        ["a", "b", "c"],
      );
    },
  },
  {
    title: "sends each of many inputs once, in the order of the calls, when several answers are lost",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      await server.plan([{ send: [1, 2] }, "hold"], ["hold"], ["hold"], ["hold"]);
      await server.planInputs("accept", "accept", "lost", ...accepted(5), "lost", ...accepted(20), "lost");
      const followed = client(quick).start(prompt);
      const sent: Promise<string>[] = [];
      for (let turn = 0; turn < 8; turn++) {
        for (let n = 0; n < 5; n++) sent.push(followed.send({ n: turn * 5 + n }));
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      assert.deepEqual(
        await Promise.all(sent),
        sent.map((_, n) => `in.${n + 1}`),
      );
      assert.deepEqual(
        (await server.inputs()).map(({ data }) => data),
        sent.map((_, n) => ({ n })),
      );
    },
  },
  {
    title: "fails an input that the agent finds at fault, and none of those that were sent with it",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      await server.plan([{ send: [1, 2] }, "hold"]);
      await server.planInputs("accept", "accept", { code: "invalid_request", message: "Not so.", path: "data" });
      const followed = client(quick).start(prompt);
      const sent = ["a", "b", "at fault", "c", "d"].map((data) => followed.send(data));
      const error = await rejection(sent[2]!);
      assert.deepEqual([error.code, error.message], ["invalid_request", "Not so."]);
      assert.deepEqual(await Promise.all(sent.filter((_, n) => n !== 2)), ["in.1", "in.2", "in.3", "in.4"]);
      assert.deepEqual(
        (await server.inputs()).map(({ data }) => data),
        ["a", "b", "c", "d"],
      );
    },
  },
  {
    title: "sends the rest of several inputs again after too_many_requests, and none of those that were accepted before it",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      await server.plan([{ send: [1, 2] }, "hold"], ["hold"], ["hold"]);
      const later = { code: "too_many_requests", message: "Later.", retryAfter: 0 };
      await server.planInputs("accept", "accept", later, "accept", later);
      const followed = client({ retry: { ...quick.retry, maxTries: 2 } }).start(prompt);
      const sent = Array.from("abcdef", (data) => followed.send(data));
      assert.deepEqual(await Promise.all(sent), ["in.1", "in.2", "in.3", "in.4", "in.5", "in.6"]);
      assert.equal((await server.inputs()).map(({ data }) => data).join(""), "abcdef");
    },
  },
  {
    title: "fails the inputs that come after the run's end, and none of those that were accepted before it",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      await server.plan([{ send: [1, 2] }, "hold"]);
      const ended = { code: "run_ended", message: "This run has ended." };
      await server.planInputs("accept", "accept", ended, ended, ended);
      const followed = client(quick).start(prompt);
      const sent = Array.from("abcde", (data) => followed.send(data));
      const late = sent.slice(2).map((one) => rejection(one));
      assert.deepEqual(await Promise.all(sent.slice(0, 2)), ["in.1", "in.2"]);
      for (const { code } of await Promise.all(late)) assert.equal(code, "run_ended");
    },
  },
  {
    title: "fails each of several inputs that wait for a start, with whatever the agent refuses the start with",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      for (const code of ["invalid_request", "payload_too_large", "forbidden"]) {
        await server.plan([{ error: { code, message: "No." } }]);
        const followed = client(quick).start(prompt);
        const sent = Array.from("abc", (data) => rejection(followed.send(data)));
        for (const error of await Promise.all(sent)) assert.equal(error.code, code);
      }
      assert.deepEqual(await server.inputs(), []);
    },
  },
  {
    title: "answers each of two inputs with one key and other data for itself, and sends what comes behind them in order",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      await server.plan([{ send: [1, 2] }, "hold"]);
      const followed = client(quick).start(prompt);
      const first = followed.send("a", { key: "k" });
      const [other, bytes, json] = [
        rejection(followed.send("b", { key: "k" })),
        rejection(followed.send(Uint8Array.of(0), { key: "k" })),
        rejection(followed.send({ a: "a" }, { key: "k" })),
      ];
      const [same, behind] = [followed.send("a", { key: "k" }), followed.send("c", { key: "c" })];
      assert.deepEqual(await Promise.all([first, same, behind]), ["in.1", "in.1", "in.2"]);
      for (const { code } of await Promise.all([other, bytes, json])) assert.equal(code, "key_reused");
      assert.deepEqual(await server.inputs(), [
        { key: "k", data: "a" },
        { key: "c", data: "c" },
      ]);
    },
  },
  {
    title: "answers each of two inputs with one key and other data for itself, also after a lost answer",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      await server.plan([{ send: [1, 2] }, "hold"], ["hold"]);
      await server.planInputs("lost");
      const followed = client(quick).start(prompt);
      await followed.started;
      const first = followed.send(Uint8Array.of(1, 2), { key: "k" });
      const other = rejection(followed.send(Uint8Array.of(1, 3), { key: "k" }));
      const same = followed.send(Uint8Array.of(1, 2), { key: "k" });
      assert.deepEqual(await Promise.all([first, same]), ["in.1", "in.1"]);
      const { code, path } = await other;
      assert.equal(code, "key_reused");
      assert.ok(path?.endsWith("key"));
      assert.equal((await server.inputs()).length, 1);
    },
  },
  {
    title: "sends inputs that wait together in one request, again after a lost answer",
    only: { transport: "sse", because: "a frame waits for no answer to another" },
    async run({ server, client }) {
      await server.runs(textRun("r"));
      await server.plan([{ send: [1, 2] }, "hold"]);
      await server.planInputs(...accepted(49), "lost");
      let requests = 0;
      const counting: typeof fetch = (input, init) => {
        if (new Request(input).url.includes("/inputs")) requests += 1;
        return fetch(input, init);
      };
      const followed = client({ ...quick, fetch: counting }).start(prompt);
      const sent = Array.from({ length: 50 }, (_, n) => followed.send(n));
      assert.deepEqual(
        await Promise.all(sent),
        sent.map((_, n) => `in.${n + 1}`),
      );
      // Two; a browser may ask again by itself where a connection that it kept was lost.
      assert.ok(requests <= 2, `${requests} requests were made for 50 inputs that waited together.`);
    },
  },
];

function accepted(count: number): readonly "accept"[] {
  return Array.from({ length: count }, () => "accept");
}
