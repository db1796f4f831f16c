import * as assert from "../assert.ts";
import type { ItemStorage, Run, RunEvent, TransportError } from "@agent-transports/client-core";
import { isRunEnd } from "@agent-transports/protocol";
import { TestStorage } from "../test-storage.ts";
import { textRun, collect, assertWhole, rejection, prompt, quick, type ConformanceCase } from "./support.ts";

/** Reads so many events and is done with them, as a page that is then reloaded. */
async function readSome(run: AsyncIterable<RunEvent>, count: number): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of run) {
    if (events.length === count) break;
    events.push(event);
  }
  return events;
}

/** Reads to the terminal event, and leaves with it in its hands. */
async function leaveAtEnd(run: Run, way: "break" | "throw" | "return of the iterator" | "close" | "cancel of the stream"): Promise<void> {
  if (way === "cancel of the stream") {
    const reader = run.toReadableStream().getReader();
    for (let next = await reader.read(); next.value?.type !== "data-run-end";) next = await reader.read();
    return reader.cancel();
  }
  if (way === "break" || way === "throw") {
    for await (const { data } of run) {
      if (!isRunEnd(data)) continue;
      if (way === "throw") throw "of the loop";
      break;
    }
    return;
  }
  const events = run[Symbol.asyncIterator]();
  for (let next = await events.next(); next.done !== true && !isRunEnd(next.value.data);) next = await events.next();
  if (way === "close") run.close();
  else await events.return?.();
}

function soon<Result>(act: () => Result): Promise<Result> {
  return new Promise((resolve) => setTimeout(() => resolve(act()), 1));
}

/** A storage whose every answer comes later, and in order. */
function later(storage: TestStorage): ItemStorage {
  return {
    getItem: (key) => soon(() => storage.getItem(key)),
    setItem: (key, value) => soon(() => storage.setItem(key, value)),
    removeItem: (key) => soon(() => storage.removeItem(key)),
  };
}

function refuse(): never {
  throw new DOMException("Full.", "QuotaExceededError");
}

/** What a reload of the page does not lose: `saveAs` and `restore`. */
export const restoringCases: readonly ConformanceCase[] = [
  {
    title: "resumes after a reload from the last event that the application had finished, not the last that it received",
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      const storage = new TestStorage();
      // The fourth event is received, and the page goes before the application is done with it.
      const before = await readSome(client({ storage }).start(prompt, { saveAs: "answer" }), 3);
      const restored = await client({ storage }).restore("answer");
      assert.ok(restored);
      assert.equal(restored.id, "r");
      const after = await collect(restored);
      assertWhole([...before, ...after], run);
    },
  },
  {
    title: "resumes after a second reload, or starts at the first event on request",
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      const storage = new TestStorage();
      const first = await readSome(client({ storage }).start(prompt, { saveAs: "answer" }), 2);
      const again = await client({ storage }).restore("answer");
      const second = await readSome(again!, 3);
      assertWhole(await collect((await client({ storage }).restore("answer", { fromStart: true }))!), run);
      assert.deepEqual(
        [...first, ...second],
        run.chunks.slice(0, 5).map((data, index) => ({ id: `${run.epoch}.${index + 1}`, data })),
      );
    },
  },
  {
    title: "has nothing to resume once a run was read to its end",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      const storage = new TestStorage();
      await collect(client({ storage }).start(prompt, { saveAs: "answer" }));
      await storage.whenEmpty();
      assert.equal(await client({ storage }).restore("answer"), undefined);
      assert.equal(await client({ storage }).restore("of nobody"), undefined);
    },
  },
  ...(["break", "throw", "return of the iterator", "close", "cancel of the stream"] as const).map((way): ConformanceCase => ({
    title: `has nothing to resume when the loop is left at the terminal event, by ${way}`,
    async run({ server, client }) {
      await server.runs(textRun("r"));
      const storage = new TestStorage();
      const followed = client({ storage }).start(prompt, { saveAs: "answer" });
      await leaveAtEnd(followed, way).catch((error: unknown) => assert.equal(error, "of the loop"));
      await storage.whenEmpty();
      assert.equal(await client({ storage }).restore("answer"), undefined);
      assert.deepEqual(followed.end, { state: "finished" });
    },
  })),
  {
    title: "has nothing to resume after it resumed a run that had been read already",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      const storage = new TestStorage();
      const followed = client({ storage }).resume("r", { after: "ep-r.9", saveAs: "answer" });
      assert.deepEqual(await collect(followed), []);
      await storage.whenEmpty();
    },
  },
  {
    title: "joins the run whose start was not answered before the reload",
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run, textRun("second"));
      const storage = new TestStorage();
      await server.plan([{ refuse: 503 }]);
      // Its second try would come after the reload.
      const unanswered = client({ storage, retry: { baseMs: 600_000, capMs: 600_000 } });
      const started = unanswered.start(prompt, { saveAs: "answer" });
      const { key } = await server.askedAt(0);
      const restored = await client({ storage }).restore("answer");
      assert.ok(restored);
      assertWhole(await collect(restored), run);
      assert.equal((await server.asked())[1]?.key, key);
      assert.deepEqual((await server.asked())[1]?.input, prompt);
      started.close();
    },
  },
  {
    title: "resumes a run that it had resumed before, also with an asynchronous storage",
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      const storage = new TestStorage();
      const slow = later(storage);
      await readSome(client({ storage: slow }).resume("r", { after: `${run.epoch}.2`, saveAs: "answer" }), 3);
      let saved: string | undefined;
      for (let look = 0; look < 4_000 && saved?.includes(`${run.epoch}.5`) !== true; look += 1) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        saved = [...storage.items.values()][0];
      }
      assertWhole(await collect((await client({ storage: slow }).restore("answer"))!), run, 6);
    },
  },
  {
    title: "remembers the run that took a name last, however the one before it ends",
    async run({ server, client }) {
      const [older, newer] = [textRun("r"), textRun("s")];
      await server.runs(older, newer);
      await server.plan([{ send: [1, 2] }, "wait", { send: [3, 9] }], [{ send: [1, 4] }, "hold"], ["rest"]);
      const storage = new TestStorage();
      const one = client({ storage });
      const first = one.start(prompt, { saveAs: "answer" });
      await first.started;
      const before = await readSome(one.start(prompt, { saveAs: "answer" }), 2);
      await server.go();
      assertWhole(await collect(first), older);
      const restored = await client({ storage }).restore("answer");
      assert.equal(restored?.id, "s");
      assertWhole([...before, ...(await collect(restored))], newer);
    },
  },
  {
    title: "does not remember a run again that the server cannot resume, when events that had come are read after that",
    only: { transport: "ws", because: "over SSE nothing is read, nor asked for again, while events wait for their application" },
    async run({ server, client }) {
      await server.runs(textRun("r"));
      await server.plan([{ send: [1, 3] }, { cut: "reset" }], [{ error: { code: "run_gone", message: "No." } }]);
      const storage = new TestStorage();
      const followed = client({ ...quick, storage }).resume("r", { saveAs: "answer" });
      await new Promise<void>((resolve) => followed.onStateChange(({ to }) => to === "failed" && resolve()));
      assert.equal((await rejection(collect(followed))).code, "run_gone");
      assert.equal(storage.items.size, 0);
    },
  },
  {
    title: "does not restore a run of another Worker, whose agent has the same name",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      const storage = new TestStorage();
      await readSome(client({ storage }).start(prompt, { saveAs: "answer" }), 2);
      assert.equal(storage.items.size, 1);
      assert.equal(await client({ storage, url: "http://another.example" }).restore("answer"), undefined);
      assert.ok(await client({ storage }).restore("answer"));
    },
  },
  ...[
    { what: "the agent", plan: { error: { code: "payload_too_large", message: "Too much.", limit: 4 } } as const, only: undefined },
    {
      what: "a proxy",
      plan: { refuse: 413 } as const,
      only: { transport: "sse", because: "a WebSocket's handshake has no start in it" } as const,
    },
  ].map(({ what, plan, only }): ConformanceCase => ({
    title: `forgets a start that ${what} finds too large, as it would be after each reload`,
    ...(only && { only }),
    async run({ server, client }) {
      await server.runs(textRun("r"));
      await server.plan([plan]);
      const storage = new TestStorage();
      await rejection(collect(client({ storage }).start(prompt, { saveAs: "answer" })));
      await storage.whenEmpty();
      assert.equal((await server.asked()).length, 1);
    },
  })),
  {
    title: "forgets a run that the server cannot resume, and remembers one whose server is unreachable",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      const storage = new TestStorage();
      await server.plan(...Array.from({ length: 2 }, () => [{ refuse: 503 }] as const));
      const retry = { baseMs: 1, capMs: 1, maxTries: 2 };
      await rejection(collect(client({ storage, retry }).resume("r", { saveAs: "answer" })));
      assert.equal(storage.items.size, 1);
      await server.plan([{ error: { code: "cannot_resume", message: "No.", reason: "expired" } }]);
      await rejection(collect((await client({ storage }).restore("answer"))!));
      await storage.whenEmpty();
    },
  },
  {
    title: "works without its storage, and says that it failed",
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      const errors: TransportError[] = [];
      const storage = { getItem: refuse, setItem: refuse, removeItem: refuse };
      assertWhole(await collect(client({ storage, onError: (error) => errors.push(error) }).start(prompt, { saveAs: "answer" })), run);
      assert.ok(errors.length > 0);
      assert.ok(errors.every(({ code, cause }) => code === "storage_failed" && cause instanceof DOMException));
    },
  },
  {
    title: "ignores a stored entry that it did not write",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      for (const text of [
        "",
        "null",
        "[]",
        "{",
        '{"run":7}',
        '{"run":".."}',
        '{"run":"r","after":7}',
        '{"run":"r","after":"x"}',
        '{"key":"a b","input":{}}',
        '{"key":"k"}',
        '{"key":"k","input":null}',
      ]) {
        const storage = { getItem: () => text, setItem: () => undefined, removeItem: () => undefined };
        assert.equal(await client({ ...quick, storage }).restore("answer"), undefined, text);
      }
      assert.equal((await server.asked()).length, 0);
    },
  },
];
