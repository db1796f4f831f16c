import * as assert from "../assert.ts";
import type { RunEvent } from "@agent-transports/client-core";
import type { RunChunk } from "@agent-transports/protocol";
import type { Plan, Step } from "../script.ts";
import { assertWhole, collect, prompt, quick, rejection, textRun, type ConformanceCase, type SubjectOptions } from "./support.ts";

const overSse = { transport: "sse", because: "a status and a content type are HTTP's" } as const;

/** Terminal events that do not say how a run ended. */
const endless: readonly unknown[] = [
  undefined,
  null,
  {},
  { state: "running" },
  { state: "over" },
  { state: 1 },
  { state: "failed", error: "no" },
];

/** What is no event of the protocol, in the place of a run's event 4. */
const faults: readonly { readonly what: string; readonly step: Step }[] = [
  ...["not json", "[1]", '{"no":"type"}', "null"].map((raw) => ({ what: raw, step: { raw } })),
  { what: "an event under no id", step: { sendAs: "no-dot", chunk: { type: "start" } } },
  ...endless.map((data) => {
    const chunk: RunChunk = { type: "data-run-end", data };
    return { what: JSON.stringify(chunk), step: { sendAs: "ep-r.4", chunk } };
  }),
];

type Fetch = NonNullable<SubjectOptions["fetch"]>;

/** A `fetch` whose first requests (of those that match) are answered by these, and all others by the server. */
function meddled(
  answers: readonly (() => Response)[],
  matches: (url: string, init: RequestInit | undefined) => boolean = () => true,
): Fetch {
  let next = 0;
  return async (url, init) => {
    const answer = matches(new Request(url).url, init) ? answers[next++] : undefined;
    return answer === undefined ? fetch(url, init) : answer();
  };
}

function isInput(url: string): boolean {
  return url.includes("/inputs");
}

function isCancel(_url: string, init: RequestInit | undefined): boolean {
  return init?.method === "DELETE";
}

function answer(body: string | null, status: number, type?: string): () => Response {
  // As bytes: a text would bring a type of its own.
  const bytes = body === null ? null : ascii(body);
  return () => new Response(bytes, { status, headers: type === undefined ? {} : { "Content-Type": type } });
}

/** The run of {@link textRun}, but for these members. */
function runAnswer(members: object): () => Response {
  const run = { id: "r", state: "finished", epoch: "ep-r", lastEventId: "ep-r.9", createdAt: "", endedAt: "", error: null, events: "" };
  return answer(JSON.stringify({ ...run, ...members }), 200, "application/json");
}

const ascii = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
const events = 'id: ep-r.1\ndata: {"type":"start"}\n\n';
const page = "<!doctype html><title>Sign in</title>";

/** What comes in an answer's place and is not this protocol (PROTOCOL.md §7.6). */
export const faultCases: readonly ConformanceCase[] = [
  ...faults.map(({ what, step }): ConformanceCase => ({
    title: `resumes from its cursor when ${what} arrives in place of an event`,
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      await server.plan([{ send: [1, 3] }, step, "hold"], ["rest"]);
      const followed = client(quick).start(prompt);
      assertWhole(await collect(followed), run);
      assert.deepEqual(followed.end, { state: "finished" });
      assert.equal((await server.asked())[1]?.cursor, "ep-r.3");
    },
  })),
  {
    title: "resumes from its cursor when a frame without events arrives, also where it is to be acknowledged",
    only: { transport: "ws", because: "an event stream has no frames" },
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      const empty = { raw: JSON.stringify({ type: "events", run: "r", id: "ep-r.4", events: [], ack: true }) };
      await server.plan([{ send: [1, 3] }, empty, "hold"], [empty, "hold"], ["rest"]);
      assertWhole(await collect(client(quick).resume("r")), run);
      assert.deepEqual(
        (await server.asked()).map(({ cursor }) => cursor),
        [undefined, "ep-r.3", "ep-r.3"],
      );
    },
  },
  {
    title: "ends with unexpected_response after three faults in a row, and resets the count at each new event",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      const fault = { raw: "not json" };
      await server.plan([fault], [fault], [{ send: [1, 2] }, fault], [fault], [{ send: [3, 3] }, fault], [fault], [fault]);
      const seen: RunEvent[] = [];
      const followed = client(quick).start(prompt);
      const error = await rejection(collect(followed, (event) => seen.push(event)));
      assert.equal(error.code, "unexpected_response");
      assert.deepEqual(
        seen.map(({ id }) => id),
        ["ep-r.1", "ep-r.2", "ep-r.3"],
      );
      assert.equal(followed.end, undefined);
      assert.equal((await server.asked()).length, 7);
    },
  },
  {
    title: "does not fail an input because of faults that came before it was sent",
    needs: "inputs",
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      const fault = { raw: "not json" };
      await server.plan([{ send: [1, 1] }, fault], [{ send: [2, 2] }, fault], [fault], ["rest"]);
      const followed = client(quick).start(prompt);
      const sent = Promise.withResolvers<string>();
      const events = collect(followed, ({ id }) => id === "ep-r.2" && sent.resolve(followed.send("x")));
      assert.equal(await sent.promise, "in.1");
      assertWhole(await events, run);
    },
  },
  {
    title: "ends only the run that the faults belong to",
    async run({ server, client }) {
      const [good, bad] = [
        textRun("good", 50),
        { id: "bad", epoch: "ep-bad", chunks: [{ type: "data-run-end", data: { state: "over" } }] as const },
      ];
      await server.runs(good, bad);
      const one = client(quick);
      const [events, error] = await Promise.all([collect(one.resume("good")), rejection(collect(one.resume("bad")))]);
      assert.equal(error.code, "unexpected_response");
      assertWhole(events, good);
      assertWhole(await collect(one.resume("good")), good);
    },
  },
  {
    title: "recovers from one or two gaps or events of another log, and ends with unexpected_response after three in a row",
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      for (const sendAs of ["ep-r.5", "other.3"]) {
        const stray: Plan = [{ sendAs, chunk: { type: "finish" } }, "hold"];
        const one = client(quick);
        await server.plan([{ send: [1, 2] }, ...stray], stray, ["rest"]);
        assertWhole(await collect(one.start(prompt)), run);
        await server.plan([{ send: [1, 2] }, ...stray], stray, stray);
        const seen: RunEvent[] = [];
        const error = await rejection(collect(one.start(prompt), (event) => seen.push(event)));
        assert.equal(error.code, "unexpected_response");
        assert.equal(seen.length, 2);
        const cursors = (await server.asked()).slice(-3).map(({ cursor }) => cursor);
        assert.deepEqual(cursors, [undefined, "ep-r.2", "ep-r.2"]);
      }
    },
  },
  ...[
    ...[201, 202, 206, 299].map((status) => ({ body: events, status, type: "text/event-stream" })),
    ...["text/event-streamx", "text/html", "application/json", undefined, "text/event-stream, text/html"].map((type) => ({
      body: events,
      status: 200,
      type,
    })),
    { body: null, status: 204, type: undefined },
    // The title is made of the data: a Worker may make no Response before it is asked.
  ].map(({ body, status, type }): ConformanceCase => ({
    title: `does not accept ${status} with ${type ?? "no type"} as an event stream, and starts again under its key`,
    only: overSse,
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run, textRun("second"));
      assertWhole(await collect(client({ ...quick, fetch: meddled([answer(body, status, type)]) }).start(prompt)), run);
    },
  })),
  ...["Text/Event-Stream", "text/event-stream;charset=utf-8", 'TEXT/EVENT-STREAM ; charset="UTF-8"'].map((type): ConformanceCase => ({
    title: `accepts ${type} as an event stream`,
    only: overSse,
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      const seen = await collect(client({ ...quick, fetch: meddled([answer(events, 200, type)]) }).resume("r"));
      assertWhole(seen, run);
      assert.equal((await server.askedAt(0)).cursor, "ep-r.1");
    },
  })),
  {
    title: "names the URL that answered with HTML and the usual cause, without the secrets in its query",
    needs: "explanations",
    only: overSse,
    async run({ server, client }) {
      await server.runs(textRun("r"));
      const signIn = answer(page, 200, "text/html; charset=utf-8");
      const one = client({ ...quick, query: { token: "secret" }, fetch: meddled([signIn, signIn, signIn]) });
      const error = await rejection(collect(one.start(prompt)));
      assert.equal(error.code, "unexpected_response");
      assert.ok(/200.* with HTML, .*sign-in page, a proxy or a wrong `url`/.test(error.message), error.message);
      assert.ok(!/Agent-Run|secret/.test(error.message), error.message);
      const refused = await rejection(collect(client({ fetch: meddled([answer(page, 403, "text/html")]) }).resume("r")));
      assert.equal(refused.status, 403);
      assert.ok(/403.* with HTML/.test(refused.message), refused.message);
    },
  },
  ...[
    { what: "no run", stray: answer("{}", 200, "application/json") },
    { what: "a page", stray: answer(page, 200, "text/html") },
    { what: "another run", stray: runAnswer({ id: "other" }) },
    { what: "a run that is still running", stray: runAnswer({ state: "running" }) },
    { what: "a state that does not exist", stray: runAnswer({ state: "over" }) },
    { what: "a run with unread events", stray: runAnswer({ lastEventId: "ep-r.10" }) },
    { what: "a malformed failure", stray: runAnswer({ error: "no" }) },
  ].map(({ what, stray }): ConformanceCase => ({
    title: `does not treat 204 as the end when the run's resource is ${what}`,
    only: overSse,
    async run({ server, client }) {
      await server.runs(textRun("r"));
      const followed = client({ ...quick, fetch: meddled([answer(null, 204), stray]) }).resume("r", { after: "ep-r.9" });
      assert.deepEqual(await collect(followed), []);
      assert.deepEqual(followed.end, { state: "finished" });
      assert.equal((await server.asked()).length, 1);
    },
  })),
  {
    title: "rejects a stream that says it belongs to another run",
    only: overSse,
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      for (const id of ["other", "..", "a b"]) {
        const stray = (): Response => new Response(events, { headers: { "Content-Type": "text/event-stream", "Agent-Run": id } });
        const followed = client({ ...quick, fetch: meddled([stray]) }).resume("r");
        assertWhole(await collect(followed), run);
        assert.equal(followed.id, "r");
      }
    },
  },
  ...[
    { what: "JSON with no id", stray: answer("{}", 202, "application/json") },
    { what: "JSON with an invalid id", stray: answer('{"id":7}', 202, "application/json") },
    { what: "the right JSON with 200", stray: answer('{"id":"in.1"}', 200, "application/json") },
    { what: "a page", stray: answer(page, 200, "text/html") },
  ].map(({ what, stray }): ConformanceCase => ({
    title: `sends an input again when ${what} answers it, and gives up after three such answers`,
    needs: "inputs",
    only: overSse,
    async run({ server, client }) {
      await server.runs(textRun("r"));
      for (const [answers, outcome] of [
        [[stray, stray], "in.1"],
        [[stray, stray, stray], "unexpected_response"],
      ] as const) {
        await server.plan([{ send: [1, 2] }, "hold"]);
        const sent = client({ ...quick, fetch: meddled(answers, isInput) })
          .resume("r")
          .send("x", { key: "k" });
        assert.equal(outcome === "in.1" ? await sent : (await rejection(sent)).code, outcome);
      }
    },
  })),
  {
    title: "accepts only the run as the answer to a cancel, asks again after anything else, and gives up after three",
    needs: "inputs",
    only: overSse,
    async run({ server, client }) {
      await server.runs(textRun("r"));
      for (const stray of [answer("{}", 200, "application/json"), answer("{}", 202, "application/json"), runAnswer({ id: "other" })]) {
        await server.plan([{ send: [1, 2] }, "hold"], [{ send: [1, 2] }, "hold"]);
        await client({ ...quick, fetch: meddled([stray, stray], isCancel) })
          .resume("r")
          .cancel();
        const given = client({ ...quick, fetch: meddled([stray, stray, stray], isCancel) }).resume("r");
        assert.equal((await rejection(given.cancel())).code, "unexpected_response");
      }
      assert.deepEqual(await server.cancelled(), ["r", "r", "r"]);
    },
  },
  {
    title: "ignores an answer that arrives after its attempt was given up",
    only: { transport: "sse", because: "a fetch may take no notice of its signal" },
    async run({ server, client }) {
      await server.runs(textRun("r"));
      const late = Promise.withResolvers<Response>();
      const one = client({ fetch: () => late.promise });
      const followed = one.start(prompt);
      const states: string[] = [];
      followed.onStateChange(({ to }) => states.push(to));
      await new Promise((resolve) => setTimeout(resolve, 0));
      followed.close();
      const cancelled = Promise.withResolvers<void>();
      const body = new ReadableStream<Uint8Array>({ cancel: () => cancelled.resolve() });
      late.resolve(new Response(body, { headers: { "Content-Type": "text/event-stream", "Agent-Run": "r" } }));
      await cancelled.promise;
      assert.equal(followed.id, undefined);
      assert.deepEqual(states, ["failed"]);
    },
  },
];
