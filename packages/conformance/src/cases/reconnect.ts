import * as assert from "../assert.ts";
import type { Run, StateChange } from "@agent-transports/client-core";
import { HEARTBEAT_MIN_MS } from "@agent-transports/protocol";
import {
  textRun,
  collect,
  collectInStep,
  assertWhole,
  inTime,
  rejection,
  patience,
  prompt,
  quick,
  type ConformanceCase,
} from "./support.ts";

function cutCase(cut: "reset" | "clean" | "mid-event", words: string, only?: ConformanceCase["only"]): ConformanceCase {
  return {
    title: `resumes when the stream is cut ${words}`,
    ...(only === undefined ? {} : { only }),
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      await server.plan([{ send: [1, 4] }, "wait", { cut }], ["rest"]);
      assertWhole(await collectInStep(server, client().start(prompt), `${run.epoch}.4`), run);
      assert.deepEqual(
        (await server.asked()).map(({ cursor }) => cursor),
        [undefined, `${run.epoch}.4`],
      );
    },
  };
}

function refusedCase(status: number): ConformanceCase {
  return {
    title: `ends without a retry, with the status in its error, when it is answered ${status}`,
    async run({ server, client }) {
      await server.runs(textRun("r"));
      await server.plan([{ refuse: status }]);
      const error = await rejection(collect(client(quick).resume("r")));
      assert.equal((error.status ?? 0) % 4000, status);
      assert.equal((await server.asked()).length, 1);
    },
  };
}

function retriedCase(status: number): ConformanceCase {
  return {
    title: `tries again when it is answered ${status}`,
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      await server.plan([{ refuse: status }], [{ refuse: status }], ["rest"]);
      assertWhole(await collect(client(quick).resume("r")), run);
      assert.equal((await server.asked()).length, 3);
    },
  };
}

const full = { code: "too_many_requests", message: "There is no room for another reader." };

/** What happens when a connection is lost or refused (PROTOCOL.md §3.3, §4.3, §6). */
export const reconnectCases: readonly ConformanceCase[] = [
  cutCase("reset", "by a reset"),
  cutCase("clean", "by a clean close"),
  cutCase("mid-event", "in the middle of an event", { transport: "sse", because: "a frame arrives whole or not at all" }),
  {
    title: "joins the run that its start created when the answer was lost",
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run, textRun("second"));
      await server.plan([{ cut: "reset" }], ["rest"]);
      assertWhole(await collect(client().start(prompt, { key: "k-1" })), run);
      assert.equal((await server.asked())[0]?.key, "k-1");
    },
  },
  refusedCase(401),
  refusedCase(403),
  refusedCase(404),
  retriedCase(503),
  retriedCase(429),
  retriedCase(408),
  {
    title: "waits for as long as Retry-After says",
    only: { transport: "sse", because: "a close code has no Retry-After" },
    async run({ server, client }) {
      await server.runs(textRun("r"));
      await server.plan([{ refuse: 503, retryAfterS: 1 }], ["rest"]);
      const changes: StateChange[] = [];
      const followed = client(quick).resume("r");
      followed.onStateChange((change) => changes.push(change));
      await collect(followed);
      assert.ok((changes.find(({ to }) => to === "waiting")?.delayMs ?? 0) >= 1000);
    },
  },
  {
    title: "gives up after as many tries as the application allows",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      await server.plan(...Array.from({ length: 10 }, () => [{ refuse: 503 }] as const));
      const error = await rejection(collect(client({ ...unheard, retry: { baseMs: 1, capMs: 2, maxTries: 3 } }).resume("r")));
      assert.equal(error.code, "retries_exhausted");
      assert.equal((await server.asked()).length, 3);
    },
  },
  {
    title: "gives up when no connection has worked for as long as the application allows",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      const retry = { baseMs: 20, capMs: 20, maxElapsedMs: 1_000 + 15 * server.delayMs };
      const tried = async (): Promise<number> => {
        const before = (await server.asked()).length;
        await server.plan(...Array.from({ length: 400 }, () => [{ refuse: 503 }] as const));
        const error = await rejection(collect(client({ ...unheard, retry }).resume("r")));
        assert.equal(error.code, "retries_exhausted");
        assert.equal(error.status !== undefined && error.status % 4000, 503);
        return (await server.asked()).length - before;
      };
      let tries = await tried();
      // A process that stands still for all of the time has one alone, and is then asked once more.
      if (tries === 1) tries = await tried();
      // Its time was over, and not the script: the next try would have been answered.
      assert.ok(tries > 1 && tries < 400, `${tries} tries`);
    },
  },
  {
    title: "tries again at once after a loss, and only then waits longer",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      await server.plan([{ send: [1, 2] }, "wait", { cut: "reset" }], [{ refuse: 503 }], ["rest"]);
      const changes: StateChange[] = [];
      const followed = client(quick).start(prompt);
      followed.onStateChange((change) => changes.push(change));
      await collectInStep(server, followed, "ep-r.2");
      const waits = changes.filter(({ to }) => to === "waiting");
      assert.deepEqual(
        waits.map(({ attempt }) => attempt),
        [1, 2],
      );
      // A tenth of the base, so that a herd does not come back as one.
      assert.ok((waits[0]?.delayMs ?? -1) >= 0 && (waits[0]?.delayMs ?? 1) <= quick.retry.baseMs / 10);
      assert.ok((waits[1]?.delayMs ?? -1) >= 0);
    },
  },
  {
    title: "reconnects after two heartbeat periods of silence",
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      await server.plan([{ send: [1, 3] }, "silence"], ["rest"]);
      // Long enough for the three to be read within it, also where the runtime is busy.
      const heartbeatMs = 3 * patience(server);
      const events = collect(client({ ...quick, heartbeatMs }).start(prompt));
      assertWhole(await inTime(server, 2 * heartbeatMs, events), run);
      assert.equal((await server.asked())[1]?.cursor, `${run.epoch}.3`);
    },
  },
  {
    title: "keeps its socket over more than two heartbeat periods in which nothing happens",
    only: { transport: "ws", because: "nothing goes up an event stream" },
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      // Not the shortest: a process that stands still for a second is to keep its socket too.
      const heartbeatMs = 4 * HEARTBEAT_MIN_MS;
      await server.agreeOn(heartbeatMs);
      await server.plan([{ send: [1, 3] }, "wait", { send: [4, 9] }]);
      const events = collect(client({ ...quick, heartbeatMs: 0.7 * heartbeatMs }).start(prompt));
      // An agent ends a socket of which it has heard nothing for two of them, or a second later where it stood still: then the run ends on another one.
      const longer = new Promise((resolve) => setTimeout(resolve, 2 * heartbeatMs + 1_500 + patience(server)));
      await Promise.race([Promise.all([server.pinged(0, 3), longer]), events]);
      await server.go();
      assertWhole(await events, run);
      assert.equal((await server.asked()).length, 1, "connections");
    },
  },
  {
    title: "does not count a connection that opens and then says nothing as one that works",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      await server.plan(...Array.from({ length: 10 }, () => ["silence"] as const));
      // Not short: what is said with the opening, and read a period behind it, would prove the connection.
      const heartbeatMs = 1_000;
      await server.agreeOn(heartbeatMs);
      const retry = { ...quick.retry, maxTries: 2 };
      const followed = client({ retry, heartbeatMs }).resume("r");
      const attempts: (number | undefined)[] = [];
      followed.onStateChange(({ to, attempt }) => {
        if (to === "waiting") attempts.push(attempt);
      });
      // Each silence doubles what the next connection is given.
      const error = await inTime(server, 2 * heartbeatMs * (1 + 2), rejection(collect(followed)));
      assert.equal(error.code, "retries_exhausted");
      // Of whole milliseconds: nobody reads more of them.
      assert.ok(/Nothing was heard for \d+ ms\./.test(error.message), error.message);
      assert.deepEqual(attempts, [1]);
      assert.equal((await server.asked()).length, 2);
    },
  },
  {
    title: "asks the application for its query on every try",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      await server.plan([{ send: [1, 2] }, { cut: "reset" }], ["rest"]);
      let tries = 0;
      await collect(client({ query: async () => ({ token: `t${(tries += 1)}` }) }).start(prompt));
      assert.deepEqual(
        (await server.asked()).map(({ query }) => query["token"]),
        ["t1", "t2"],
      );
    },
  },
  {
    title: "opens another connection when the server says that the credentials have expired",
    only: { transport: "ws", because: "an event stream is cut then, and says nothing" },
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      await server.plan([{ error: { code: "unauthorized", message: "Their time is over." } }], ["rest"]);
      let tickets = 0;
      assertWhole(await collect(client({ ...quick, query: () => ({ ticket: `t${(tickets += 1)}` }) }).resume("r")), run);
      assert.deepEqual(
        (await server.asked()).map(({ query }) => query["ticket"]),
        ["t1", "t2"],
      );
    },
  },
  {
    title: "uses the heartbeat that the server agreed to, not the one that it asked for",
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      await server.agreeOn(patience(server));
      await server.plan([{ send: [1, 3] }, "silence"], ["rest"]);
      const events = collect(client({ ...quick, heartbeatMs: 60_000 }).start(prompt));
      assertWhole(await inTime(server, 2 * Math.max(patience(server), HEARTBEAT_MIN_MS), events), run);
    },
  },
  {
    title: "uses the heartbeat that the server agreed to, also where it is longer than the one that it asked for",
    async run({ server, transport, client }) {
      const run = textRun("r");
      await server.runs(run);
      const heartbeatMs = 0.3 * HEARTBEAT_MIN_MS;
      // What goes by its own waits two periods of it, and where its process has stood still a second more (PROTOCOL.md §6).
      const silentMs = 3.5 * HEARTBEAT_MIN_MS;
      // Over WebSocket our clients go by a third of it.
      await server.agreeOn(12 * HEARTBEAT_MIN_MS);
      // What goes by a heartbeat of its own hears no pong for so long.
      if (transport === "ws") await server.plan([{ lateMs: silentMs }, "rest"]);
      else await server.plan([{ send: [1, 3] }, "wait", { send: [4, 9] }]);
      const followed = client({ ...quick, heartbeatMs }).start(prompt);
      const events = collect(followed);
      events.catch(() => undefined); // A case that has failed meanwhile awaits it no more.
      await followed.started;
      if (transport === "sse") {
        await Promise.race([new Promise((resolve) => setTimeout(resolve, silentMs)), events]);
        await server.go();
      }
      assertWhole(await events, run);
      assert.equal((await server.asked()).length, 1, "connections");
    },
  },
  {
    title: "uses the heartbeat that it asked for when the server names none above 0",
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      const said = [0, -1, "soon"];
      for (const heartbeatMs of said) {
        await server.agreeOn(heartbeatMs);
        assertWhole(await collect(client(quick).start(prompt)), run);
      }
      assert.equal((await server.asked()).length, said.length);
    },
  },
  {
    title: "does not let the server make it reconnect faster than the shortest heartbeat allows",
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      await server.agreeOn(1);
      await server.plan([{ send: [1, 3] }, "silence"], ["rest"]);
      const startedAt = performance.now();
      assertWhole(await collect(client(quick).start(prompt)), run);
      assert.ok(performance.now() - startedAt >= 2 * HEARTBEAT_MIN_MS);
    },
  },
  {
    title: "tries again when the application's query function fails, as it may while offline",
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      await server.plan([{ send: [1, 2] }, { cut: "reset" }], ["rest"]);
      let tries = 0;
      const query = async (): Promise<Record<string, string>> => {
        tries += 1;
        if (tries === 2) throw new TypeError("fetch failed");
        return {};
      };
      assertWhole(await collect(client({ ...quick, query }).start(prompt)), run);
      assert.equal(tries, 3);
    },
  },
  {
    title: "continues with a socket's other runs while a failed request waits, and retries it on the same socket",
    only: { transport: "ws", because: "each run has a connection of its own" },
    async run({ server, client }) {
      const [good, bad] = [textRun("good"), textRun("bad")];
      await server.runs(good, bad);
      await server.plan([failing], ["rest"], [failing], ["rest"]);
      const startedAt = performance.now();
      const one = client({ retry: { baseMs: 150 } });
      const refused = one.resume("bad");
      const waits = waiting(refused);
      const events = collect(refused);
      await waits;
      assertWhole(await collect(one.resume("good")), good);
      assertWhole(await events, bad);
      assert.deepEqual(
        (await server.asked()).map(({ run }) => run),
        ["bad", "good", "bad", "bad"],
      );
      assert.ok(performance.now() - startedAt >= 290, "It asked again at once.");
    },
  },
  {
    title: "gives up a start after its last try, all under one key, and keeps the socket's other runs",
    only: { transport: "ws", because: "each run has a connection of its own" },
    async run({ server, client }) {
      const [good, bad] = [textRun("good"), textRun("bad")];
      await server.runs(bad, good);
      await server.plan([{ send: [1, 2] }, "hold"], [failing], [failing], ["rest"]);
      const one = client({ retry: { baseMs: 20, maxTries: 2 } });
      const follows = one.resume("good");
      const first = await follows[Symbol.asyncIterator]().next();
      assert.equal(first.done, false);
      assert.equal((await rejection(collect(one.start(prompt)))).code, "retries_exhausted");
      const asked = await server.asked();
      assert.equal(asked.length, 3);
      assert.equal(asked[1]?.key, asked[2]?.key);
      assert.equal(follows.connection, "open");
    },
  },
  {
    title: "counts a failure after the answer as a failed try",
    only: { transport: "ws", because: "an event stream that was answered fails by its end" },
    async run({ server, client }) {
      await server.runs(textRun("r"));
      const answeredFirst = [{ send: [1, 0] }, failing] as const;
      await server.plan(answeredFirst, answeredFirst, ["rest"]);
      const error = await rejection(collect(client({ retry: { baseMs: 20, maxTries: 2 } }).resume("r")));
      assert.equal(error.code, "retries_exhausted");
      assert.equal((await server.asked()).length, 2);
    },
  },
  ...[
    { name: "run", refusal: { error: full } },
    { name: "key", refusal: { raw: JSON.stringify({ type: "error", error: full, frame: "start", key: "k" }) } },
  ].map(({ name, refusal }): ConformanceCase => ({
    title: `asks again for a run whose start was answered and then refused for now, by an error that names its ${name}`,
    only: { transport: "ws", because: "an event stream that was answered fails by its end" },
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      await server.plan([{ send: [1, 0] }, refusal, "hold"], ["rest"]);
      assertWhole(await collect(client(quick).start(prompt, { key: "k" })), run);
      assert.deepEqual(
        (await server.asked()).map(({ key, run: resumed }) => key ?? resumed),
        ["k", "r"],
      );
    },
  })),
  {
    title: "reports that a refused run waits, even after the socket was lost and reopened",
    only: { transport: "ws", because: "each run has a connection of its own" },
    async run({ server, client }) {
      const [good, bad] = [textRun("good"), textRun("bad")];
      await server.runs(good, bad);
      await server.plan([{ error: { ...failing.error, retryAfter: 2 } }], [{ send: [1, 2] }, { cut: "reset" }], ["rest"], ["rest"]);
      const one = client(quick);
      const refused = one.resume("bad");
      const waits = waiting(refused);
      const events = collect(refused);
      await waits;
      assertWhole(await collect(one.resume("good")), good);
      assert.equal(refused.connection, "waiting");
      assertWhole(await events, bad);
      assert.deepEqual(
        (await server.asked()).map(({ run }) => run),
        ["bad", "good", "good", "bad"],
      );
    },
  },
];

/** `never_connected` is due in these cases, and nobody's console has to have it. */
const unheard = { onError: () => undefined } as const;

const failing = { error: { code: "internal", message: "Something failed." } } as const;

function waiting(run: Run): Promise<void> {
  return new Promise((resolve) => {
    run.onStateChange(({ to }) => {
      if (to === "waiting") resolve();
    });
  });
}
