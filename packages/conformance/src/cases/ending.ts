import * as assert from "../assert.ts";
import { TransportError, type ClientOptions } from "@agent-transports/client-core";
import { HEADER_RUN } from "@agent-transports/protocol";
import { assertWhole, textRun, collect, collectInStep, rejection, prompt, quick, type ConformanceCase } from "./support.ts";

const overFetch = { transport: "sse", because: "a WebSocket is no stream of the application's fetch" } as const;

/** How a run ends for the application, and what it can see and say of it. */
export const endingCases: readonly ConformanceCase[] = [
  {
    title: "cancels the run at the agent",
    needs: "inputs",
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      await server.plan([{ send: [1, 3] }, "hold"]);
      const followed = client().start(prompt);
      await followed.started;
      await followed.cancel();
      assert.deepEqual(await server.cancelled(), ["r"]);
    },
  },
  {
    title: "asks for no cancel of a run that has ended",
    needs: "inputs",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      const followed = client().start(prompt);
      await collect(followed);
      await followed.cancel();
      assert.deepEqual(await server.cancelled(), []);
    },
  },
  {
    title: "stops by an AbortSignal with a typed error, and leaves the run alone",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      await server.plan([{ send: [1, 3] }, "hold"]);
      const abort = new AbortController();
      const followed = client().start(prompt, { signal: abort.signal });
      const error = await rejection(collect(followed, ({ id }) => id.endsWith(".3") && abort.abort()));
      assert.equal(error.code, "aborted");
      assert.equal(followed.connection, "failed");
      assert.deepEqual(await server.cancelled(), []);
    },
  },
  {
    title: "ends a start that is aborted before it was answered",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      const followed = client().start(prompt, { signal: AbortSignal.abort() });
      assert.equal((await rejection(followed.started)).code, "aborted");
      assert.equal((await rejection(collect(followed))).code, "aborted");
    },
  },
  {
    title: "ends runs that are still iterated when the client is closed",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      await server.plan([{ send: [1, 2] }, "hold"]);
      const one = client();
      const error = await rejection(collect(one.start(prompt), ({ id }) => id.endsWith(".2") && one.close()));
      assert.equal(error.code, "aborted");
      assert.equal((await rejection(collect(one.start(prompt)))).code, "aborted");
    },
  },
  ...(["is closed", "is aborted by its signal"] as const).map((what): ConformanceCase => ({
    title: `gives no more of a run when its client ${what} before the run's end was read, though that has come`,
    ...(what === "is aborted by its signal" && { needs: "explanations" }),
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      const abort = new AbortController();
      const one = client({ signal: abort.signal });
      const followed = one.start(prompt);
      const events = followed[Symbol.asyncIterator]();
      for (let count = 1; count < run.chunks.length; count += 1) await events.next();
      // A small client reads its end only when it is asked for it.
      for (let look = 0; look < 20 && followed.connection !== "ended"; look += 1) await new Promise((resolve) => setTimeout(resolve, 5));
      if (what === "is closed") one.close();
      else abort.abort();
      assert.equal((await rejection(events.next())).code, "aborted");
      assert.equal(followed.end, undefined);
    },
  })),
  {
    title: "refuses inputs once its client is closed, even to a run that was left",
    needs: "inputs",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      await server.plan([{ send: [1, 3] }, "hold"]);
      const one = client();
      const followed = one.start(prompt);
      for await (const { id } of followed) if (id.endsWith(".2")) break;
      one.close();
      assert.equal((await rejection(followed.send("x"))).code, "aborted");
      assert.equal((await rejection(followed.cancel())).code, "aborted");
    },
  },
  {
    title: "ends quietly when the application leaves its loop",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      await server.plan([{ send: [1, 3] }, "hold"]);
      const followed = client().start(prompt);
      for await (const event of followed) if (event.id.endsWith(".2")) break;
      assert.equal(followed.connection, "ended");
      assert.equal(followed.end, undefined);
      assert.equal(followed.lastEventId, "ep-r.2");
    },
  },
  {
    title: "keeps a run for one reader when another one leaves it",
    async run({ server, client }) {
      // More than one window of flow control: the end is not on its way yet when the first reader leaves.
      const run = textRun("r", 20, 50_000);
      await server.runs(run);
      await server.plan([{ send: [1, 1] }, "hold"]);
      const one = client();
      const first = one.start(prompt);
      // Then a second reader, from the first event, has to ask for it.
      await first[Symbol.asyncIterator]().next();
      assertWhole(await collect(one.resume("r"), ({ id }) => id.endsWith(".1") && first.close()), run);
    },
  },
  {
    title: "unsubscribes from a run that it left, in its loop or before the start was answered",
    needs: "one socket",
    only: { transport: "ws", because: "over SSE whoever leaves closes the connection" },
    async run({ server, client }) {
      await server.runs(textRun("r"), textRun("s"));
      await server.plan([{ send: [1, 1] }, "hold"], [{ send: [1, 1] }, "hold"]);
      const one = client();
      const unanswered = one.start(prompt);
      await server.askedAt(0);
      unanswered.close();
      const left = one.resume("s");
      for await (const { id } of left) if (id.endsWith(".1")) break;
      await left.cancel(); // Answered after whatever was sent before it.
      assert.deepEqual(await server.unsubscribed(), ["r", "s"]);
    },
  },
  {
    title: "sends no unsubscribe for a run that has ended",
    needs: "one socket",
    only: { transport: "ws", because: "over SSE the answer ends" },
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      const one = client();
      assertWhole(await collect(one.start(prompt)), run);
      assertWhole(await collect(one.resume("r")), run);
      await one.resume("r").cancel(); // Answered after whatever was sent before it.
      assert.deepEqual(await server.unsubscribed(), []);
    },
  },
  {
    title: "unsubscribes from a run that it left while it waited to resume it",
    needs: "one socket",
    only: { transport: "ws", because: "over SSE whoever leaves closes the connection" },
    async run({ server, client }) {
      await server.runs(textRun("r"));
      await server.plan([{ send: [1, 2] }, { raw: '{"type":"events","run":"r"}' }, "hold"], ["hold"]);
      const one = client({ retry: { baseMs: 600_000 } });
      const left = one.resume("r");
      await new Promise<void>((resolve) => left.onStateChange(({ to }) => to === "waiting" && resolve()));
      left.close();
      await one.resume("r").cancel(); // Answered after whatever was sent before it.
      assert.deepEqual(await server.unsubscribed(), ["r"]);
    },
  },
  {
    title: "unsubscribes from a run that it left while the resuming connection was opening",
    needs: "one socket",
    only: { transport: "ws", because: "over SSE whoever leaves closes the connection" },
    async run({ server, client }) {
      await server.runs(textRun("stays"), textRun("left"));
      await server.plan([{ send: [1, 2] }, "hold"], [{ send: [1, 2] }, "hold"]);
      const queried = Promise.withResolvers<void>();
      const one = client({ query: () => (queried.resolve(), {}) });
      const [stays, left] = [one.resume("stays"), one.resume("left")];
      await queried.promise;
      // The handshake is written, and no network is as quick as a timer of 0 ms behind it.
      await new Promise((resolve) => setTimeout(resolve, 0));
      left.close();
      await stays[Symbol.asyncIterator]().next();
      await stays.cancel(); // Answered after whatever was sent before it.
      assert.deepEqual(
        (await server.asked()).map(({ run }) => run),
        ["stays", "left"],
      );
      assert.deepEqual(await server.unsubscribed(), ["left"]);
    },
  },
  {
    title: "lets go of a stream that it left while its application was slow, also where fetch takes no notice of its signal",
    only: overFetch,
    async run({ client }) {
      const { fetch, left } = streamsOf("r");
      const followed = client({ fetch }).resume("r");
      const events = followed[Symbol.asyncIterator]();
      await events.next();
      followed.close();
      await soon(() => left() === 1);
      assert.equal(left(), 1);
    },
  },
  {
    title: "lets go of a stream of another run than the one it asked for",
    only: overFetch,
    async run({ client }) {
      const { fetch, left } = streamsOf("another");
      const error = await rejection(collect(client({ ...quick, fetch }).resume("r")));
      assert.equal(error.code, "unexpected_response");
      await soon(() => left() === 3);
      assert.equal(left(), 3);
    },
  },
  {
    title: "reports each change of its connection, in order",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      await server.plan([{ send: [1, 2] }, "wait", { cut: "reset" }], ["rest"]);
      const followed = client().start(prompt);
      const states: string[] = [followed.connection];
      followed.onStateChange(({ from, to }) => {
        assert.equal(from, states.at(-1));
        states.push(to);
      });
      await collectInStep(server, followed, "ep-r.2");
      assert.deepEqual(states, ["connecting", "open", "waiting", "connecting", "open", "ended"]);
    },
  },
  {
    title: "refuses options that cannot work, by name",
    async run({ client }) {
      assertRefused(client, [
        // In a browser "not a url" is a relative one: this is none anywhere.
        [{ url: "http://[" }, /^url:/],
        [{ url: "ftp://x.example" }, /^url:/],
        ...[-1, 0.5, 60_001, NaN, Infinity].map((heartbeatMs) => [{ heartbeatMs }, /^heartbeatMs:/] as const),
        ...[-1, 0, NaN].flatMap((bad) => [
          [{ connectTimeoutMs: bad }, /^connectTimeoutMs:/] as const,
          ...(["baseMs", "capMs", "maxTries", "maxElapsedMs"] as const).map(
            (name) => [{ retry: { [name]: bad } }, new RegExp(`^(retry\\.)?${name}:`)] as const,
          ),
        ]),
      ]);
    },
  },
  {
    title: "refuses options that cannot work, and says what would",
    needs: "explanations",
    async run({ client }) {
      assertRefused(client, [
        [{ name: "../x" }, /^name:/],
        // Reserved by PROTOCOL.md §1, because they are paths of an agent.
        [{ name: "runs" }, /^name:/],
        [{ agent: "No" }, /^agent:/],
        [{ retry: { maxTries: 0 } }, /^retry\.maxTries: 0 cannot work. Give a number above 0/],
        [{ heartbeatMs: 0.5 }, /^heartbeatMs: 0.5 cannot work. Give 1 to 60000 ms/],
      ]);
    },
  },
  {
    title: "opens a connection however long it may take to open",
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      // A timer that is to wait longer than 2^31 ms fires at once.
      for (const connectTimeoutMs of [2 ** 31, Infinity]) {
        assertWhole(await collect(client({ connectTimeoutMs, retry: { maxTries: 1 } }).resume("r")), run);
      }
    },
  },
  {
    title: "ends each run with aborted once it is closed, and begins none after that",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      await server.plan([{ send: [1, 2] }, "hold"]);
      const one = client();
      const before = one.resume("r");
      one.close();
      const start = one.start(prompt);
      assert.equal((await rejection(start.started)).code, "aborted");
      for (const followed of [before, one.resume("r"), start]) {
        assert.equal((await rejection(collect(followed))).code, "aborted");
        assert.equal(followed.connection, "failed");
      }
    },
  },
];

/** A `fetch` that knows no signal: each answer is of this run, has two events, and does not end. */
function streamsOf(run: string): { readonly fetch: typeof fetch; readonly left: () => number } {
  let left = 0;
  const text = [1, 2].map((seq) => `id: e.${seq}\ndata: {"type":"text-delta","id":"0","delta":"x"}\n\n`).join("");
  const answer = (): Response => {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode(text)),
      cancel: () => void (left += 1),
    });
    return new Response(body, { headers: { "Content-Type": "text/event-stream", [HEADER_RUN]: run } });
  };
  return { fetch: async () => answer(), left: () => left };
}

/** Until it holds, and no longer than a second. */
async function soon(holds: () => boolean): Promise<void> {
  for (let look = 0; look < 200 && !holds(); look += 1) await new Promise((resolve) => setTimeout(resolve, 5));
}

function assertRefused(
  client: (options: Partial<ClientOptions>) => unknown,
  bad: readonly (readonly [Partial<ClientOptions>, RegExp])[],
): void {
  for (const [options, message] of bad) {
    assert.throws(
      () => client(options),
      (error: unknown) => error instanceof TransportError && error.code === "invalid_option" && message.test(error.message),
      `${String(message)} ${JSON.stringify(options)}`,
    );
  }
}
