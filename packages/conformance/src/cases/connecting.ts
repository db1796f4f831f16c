import * as assert from "../assert.ts";
import {
  assertWhole,
  collect,
  collectInStep,
  inTime,
  limitMs,
  patience,
  prompt,
  quick,
  rejection,
  textRun,
  type ConformanceCase,
} from "./support.ts";

const notNow = { code: "internal", message: "Not now." } as const;
const unauthorized = { code: "unauthorized", message: "Sign in." } as const;

/** A connection that is open before the first question (PROTOCOL.md §3.7, §4). */
export const connectingCases: readonly ConformanceCase[] = [
  {
    title: "opens its connection before anything is asked, and starts a run after that",
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      const one = client();
      await one.connect();
      assert.equal((await server.connected()).length, 1);
      assert.deepEqual(await server.asked(), []);
      assertWhole(await collect(one.start(prompt)), run);
      assert.equal((await server.connected()).length, 1);
    },
  },
  {
    title: "opens it with the query of a start",
    async run({ server, client, transport }) {
      await server.runs(textRun("r"));
      let asked = 0;
      const one = client({ query: () => ({ token: String((asked += 1)) }), heartbeatMs: 2_000 });
      await one.connect();
      const [connected] = await server.connected();
      assert.deepEqual([connected?.path, connected?.query["token"]], [transport === "sse" ? "/runs" : "", "1"]);
      await collect(one.start(prompt));
      const { query } = await server.askedAt(0);
      assert.equal(connected?.query["heartbeat"], query["heartbeat"]);
    },
  },
  {
    title: "opens one connection for all that ask for it at a time",
    async run({ server, client }) {
      const one = client();
      await Promise.all([one.connect(), one.connect(), one.connect()]);
      assert.equal((await server.connected()).length, 1);
      await one.connect();
    },
  },
  {
    title: "starts a run on the socket that is being opened, and on one that is open",
    only: { transport: "ws", because: "a browser chooses the connection of a request" },
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      const one = client();
      const connecting = one.connect();
      assertWhole(await collect(one.start(prompt)), run);
      await connecting;
      await one.connect();
      assertWhole(await collect(one.resume("r")), run);
      assert.equal((await server.connected()).length, 1);
    },
  },
  {
    title: "does not open a socket again that is lost while nothing is awaited, and opens one for the next run",
    only: { transport: "ws", because: "a client cannot hold an idle connection over HTTP" },
    async run({ server, client }) {
      const [run, second] = [textRun("r"), textRun("second")];
      await server.runs(run, second);
      await server.plan([{ send: [1, run.chunks.length] }, "wait", { cut: "reset" }]);
      const one = client(quick);
      await one.connect();
      // A reset may take with it what is not read yet, and that would be asked for again.
      assertWhole(await collectInStep(server, one.start(prompt), `${run.epoch}.${run.chunks.length}`), run);
      // Longer than the server waits before the reset, and the policy before each try.
      await new Promise((resolve) => setTimeout(resolve, patience(server)));
      assert.equal((await server.connected()).length, 1);
      assertWhole(await collect(one.start(prompt)), second);
    },
  },
  {
    title: "says why the connection is refused, and does not try again",
    async run({ server, client, transport }) {
      await server.planConnections(unauthorized);
      const error = await rejection(client(quick).connect());
      // Of a socket a client is told its close code only.
      const told = transport === "sse" ? ["unauthorized", 401] : ["connection_refused", 4401];
      assert.deepEqual([error.code, error.status], told);
      assert.equal((await server.connected()).length, 1);
    },
  },
  {
    title: "opens a connection after one that was refused",
    async run({ server, client }) {
      await server.planConnections(unauthorized);
      const one = client(quick);
      await rejection(one.connect());
      await one.connect();
      assert.equal((await server.connected()).length, 2);
    },
  },
  {
    title: "opens a connection again that is lost before its answer",
    async run({ server, client }) {
      await server.planConnections("lost");
      await client(quick).connect();
      assert.equal((await server.connected()).length, 2);
    },
  },
  {
    title: "tries again after a refusal for now, with a fresh query",
    async run({ server, client }) {
      await server.planConnections(notNow, notNow);
      let asked = 0;
      await client({ ...quick, query: () => ({ try: String((asked += 1)) }) }).connect();
      assert.deepEqual(
        (await server.connected()).map(({ query }) => query["try"]),
        ["1", "2", "3"],
      );
    },
  },
  {
    title: "tries again after a connection that is not answered in time",
    async run({ server, client }) {
      await server.planConnections("mute", "accept");
      // Over a WebSocket the handshake is answered, and two heartbeats are not.
      const connecting = client({ ...quick, connectTimeoutMs: limitMs(server), heartbeatMs: limitMs(server) }).connect();
      await inTime(server, 2 * limitMs(server), connecting);
      assert.equal((await server.connected()).length, 2);
    },
  },
  {
    title: "gives up a connection when its retry policy is exhausted",
    async run({ server, client }) {
      await server.planConnections(notNow, notNow, notNow);
      const error = await rejection(client({ retry: { ...quick.retry, maxTries: 2 } }).connect());
      assert.equal(error.code, "retries_exhausted");
      assert.equal((await server.connected()).length, 2);
    },
  },
  {
    title: "treats a page in the place of the answer as a fault: the third in a row is an error",
    only: { transport: "sse", because: "no page can stand in the place of a handshake's answer" },
    async run({ server, client }) {
      await server.planConnections("fault", "fault", "accept");
      await client(quick).connect();
      await server.planConnections("fault", "fault", "fault", "accept");
      const error = await rejection(client(quick).connect());
      assert.equal(error.code, "unexpected_response");
      assert.ok(error.message.includes("200 OK with HTML"), error.message);
    },
  },
  {
    title: "gives up a connection once nobody waits for it, and opens it for the next one who does",
    async run({ server, client }) {
      await server.planConnections("mute", "accept");
      const one = client({ ...quick, heartbeatMs: limitMs(server) });
      const [first, second] = [new AbortController(), new AbortController()];
      const waiting = [one.connect({ signal: first.signal }), one.connect({ signal: second.signal })].map(rejection);
      await server.connectedAt(0);
      first.abort();
      assert.equal((await waiting[0])?.code, "aborted");
      second.abort("Not needed.");
      assert.deepEqual((await waiting[1])?.message, "Not needed.");
      await one.connect();
      assert.equal((await server.connected()).length, 2);
      assert.equal((await rejection(one.connect({ signal: AbortSignal.abort() }))).code, "aborted");
    },
  },
  {
    title: "opens a connection for who asks in the turn in which nobody waits for the last one any longer",
    async run({ client }) {
      const one = client(quick);
      const first = new AbortController();
      const given = rejection(one.connect({ signal: first.signal }));
      first.abort();
      await one.connect();
      assert.equal((await given).code, "aborted");
      await one.connect();
    },
  },
  {
    title: "ends a connect with its client, and refuses one after that",
    async run({ server, client }) {
      await server.planConnections("mute");
      const one = client(quick);
      const waiting = rejection(one.connect());
      await server.connectedAt(0);
      one.close();
      assert.equal((await waiting).code, "aborted");
      assert.equal((await rejection(one.connect())).code, "aborted");
    },
  },
];
