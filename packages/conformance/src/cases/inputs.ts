import * as assert from "../assert.ts";
import type { Run, StartOptions, TransportClient } from "@agent-transports/client-core";
import type { RunInput } from "@agent-transports/protocol";
import { collect, prompt, quick, rejection, textRun, type ConformanceCase } from "./support.ts";

function fault(): never {
  throw new RangeError("of the application");
}

/** What JSON cannot hold, each with what it is called in a failure. */
function unsendable(): readonly (readonly [string, unknown])[] {
  const circle: Record<string, unknown> = {};
  circle["itself"] = circle;
  return [
    ["a BigInt", 1n],
    ["a BigInt within", { deep: [{ n: 1n }] }],
    ["a circle", circle],
    ["a toJSON that throws", { toJSON: fault }],
    ["a getter that throws", Object.defineProperty({}, "x", { enumerable: true, get: fault })],
    ["undefined", undefined],
    ["a function", () => 1],
    ["a symbol", Symbol("x")],
    ["a toJSON that makes nothing", { toJSON: () => undefined }],
  ];
}

/** As from JavaScript, where no type is checked: what is given is of a type that its parameter does not have. */
function untyped<Parameters extends unknown[], Result>(call: (...given: Parameters) => Result): (...given: unknown[]) => Result {
  return (...given) => Reflect.apply(call, undefined, given);
}

const start = (client: TransportClient): ((...given: unknown[]) => Run) =>
  untyped((input: RunInput, options?: StartOptions): Run => client.start(input, options));

/** What an application gives is checked before anything of it is queued (PROTOCOL.md §7.5). */
export const inputCases: readonly ConformanceCase[] = [
  {
    title: "rejects the promise of an input that JSON cannot hold, and sends the next one",
    needs: "inputs",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      await server.plan([{ send: [1, 2] }, "hold"]);
      const followed = client(quick).start(prompt);
      for (const [what, data] of unsendable()) assert.equal((await rejection(followed.send(data))).code, "invalid_input", what);
      assert.equal(await followed.send("next"), "in.1");
      assert.equal(followed.connection, "open");
    },
  },
  {
    title: "fails the run of a start that JSON cannot hold, without asking the server, and starts the next one",
    needs: "inputs",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      const one = client(quick);
      for (const [what, value] of [...unsendable(), ["a string", "Hello"], ["an array", [prompt]]] as const) {
        const followed = start(one)(value);
        assert.equal((await rejection(followed.started)).code, "invalid_input", what);
        assert.equal((await rejection(collect(followed))).code, "invalid_input", what);
        assert.equal((await rejection(followed.send("x"))).code, "invalid_input", what);
        assert.equal((await rejection(followed.cancel())).code, "invalid_input", what);
      }
      for (const [what, metadata] of unsendable().slice(0, 5)) {
        const message = { id: "m", role: "user", parts: [{ type: "text", text: "Hello" }], metadata } as const;
        assert.equal((await rejection(one.start({ message }).started)).code, "invalid_input", what);
      }
      assert.equal((await server.asked()).length, 0);
      assert.equal(await one.start(prompt).started, "r");
    },
  },
  {
    title: "sends a start and an input as they were at the call, on every try, even if they change later",
    needs: "inputs",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      await server.plan([{ refuse: 503 }], [{ send: [1, 2] }, "hold"], ["hold"]);
      await server.planInputs("lost");
      const message = { id: "m", role: "user" as const, parts: [{ type: "text", text: "as given" }] };
      const followed = client(quick).start({ message });
      const data = { text: "as given" };
      const sent = followed.send(data, { key: "k" });
      message.parts[0]!.text = data.text = "changed since";
      Object.assign(message, { circle: message });
      assert.equal(await sent, "in.1");
      assert.deepEqual(await server.inputs(), [{ key: "k", data: { text: "as given" } }]);
      const starts = (await server.asked()).filter(({ key }) => key !== undefined);
      for (const { input } of starts) {
        assert.deepEqual(input, { message: { id: "m", role: "user", parts: [{ type: "text", text: "as given" }] } });
      }
      assert.equal(starts.length, 2);
    },
  },
  {
    title: "sends a value as JSON writes it: dates as text, NaN as null, no functions, lone surrogates escaped",
    needs: "inputs",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      await server.plan([{ send: [1, 2] }, "hold"]);
      const followed = client(quick).start({ prompt: "half: \ud83d" });
      const half = "\udc4d";
      await followed.send({ at: new Date(0), n: NaN, f: () => 1, u: undefined, list: [undefined, Infinity], half });
      await followed.send(NaN);
      await followed.send(null);
      assert.deepEqual(
        (await server.inputs()).map(({ data }) => JSON.stringify(data)),
        ['{"at":"1970-01-01T00:00:00.000Z","n":null,"list":[null,null],"half":"\\udc4d"}', "null", "null"],
      );
      assert.equal(JSON.stringify((await server.askedAt(0)).input), '{"prompt":"half: \\ud83d"}');
    },
  },
  {
    title: "rejects the promise of a start or an input with an invalid key, and continues",
    needs: "inputs",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      await server.plan([{ send: [1, 2] }, "hold"]);
      const one = client(quick);
      const followed = one.start(prompt);
      const send = untyped((data: unknown, options: { key: string }) => followed.send(data, options));
      for (const key of [5, "", " ", "a b", "é", "\ud83d", "x".repeat(129), {}, 1n, Symbol("k")]) {
        assert.equal((await rejection(send("x", { key }))).code, "invalid_option", typeof key);
        assert.equal((await rejection(start(one)(prompt, { key }).started)).code, "invalid_option", typeof key);
      }
      assert.equal(await followed.send("next", { key: "k" }), "in.1");
      assert.equal((await server.asked()).length, 1);
    },
  },
  {
    title: "fails the run for an input, a key, a run id or a cursor that cannot work, without asking the server",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      const one = client(quick);
      const runs = [
        ...[...unsendable(), ["a string", "Hello"] as const].map(([what, value]) => [what, start(one)(value), "invalid_input"] as const),
        ["a key", one.start(prompt, { key: "a b" }), "invalid_option"],
        ["an id", one.resume("a/b"), "invalid_option"],
        ["a cursor", one.resume("r", { after: "nonsense" }), "cannot_resume"],
      ] as const;
      for (const [what, followed, code] of runs) {
        assert.equal((await rejection(followed.started)).code, code, what);
        assert.equal((await rejection(collect(followed))).code, code, what);
        assert.equal(followed.connection, "failed", what);
      }
      assert.equal((await server.asked()).length, 0);
    },
  },
  {
    title: "fails the run for an invalid run id, cursor or saveAs name, without asking the server",
    needs: "storage",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      const one = client(quick);
      const resume = untyped((id: string, options?: { after: string }) => one.resume(id, options));
      for (const id of ["", "..", ".", "a/b", "a b", "\ud83d", "x".repeat(65), undefined, null, 5, {}, 1n, Symbol("id")]) {
        const followed = resume(id);
        assert.equal((await rejection(followed.started)).code, "invalid_option", typeof id);
        assert.equal((await rejection(collect(followed))).code, "invalid_option", typeof id);
        assert.equal((await rejection(followed.cancel())).code, "invalid_option", typeof id);
      }
      for (const after of [5, null, {}, 1n, Symbol("id"), "\ud83d.1"]) {
        const error = await rejection(collect(resume("r", { after })));
        assert.equal(error.code, "cannot_resume", typeof after);
        assert.equal(error.reason, "malformed");
      }
      const restore = untyped((saveAs: string) => one.restore(saveAs));
      for (const saveAs of [5, null, {}, 1n, Symbol("name")]) {
        assert.equal((await rejection(collect(resume("r", { saveAs })))).code, "invalid_option", typeof saveAs);
        assert.equal((await rejection(restore(saveAs))).code, "invalid_option", typeof saveAs);
      }
      assert.equal((await server.asked()).length, 0);
    },
  },
  {
    title: "keeps the saved state when it is given options that cannot work",
    needs: "storage",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      const saved = new Map<string, string>();
      const storage = {
        getItem: (key: string) => saved.get(key) ?? null,
        setItem: (key: string, value: string) => saved.set(key, value),
        removeItem: (key: string) => saved.delete(key),
      };
      const one = client({ ...quick, storage });
      for await (const { id } of one.start(prompt, { saveAs: "answer" })) if (id.endsWith(".2")) break;
      await new Promise((resolve) => setTimeout(resolve, 0)); // What it writes, it writes in its turn.
      const before = [...saved];
      assert.equal(before.length, 1);
      await rejection(one.resume("r", { saveAs: "answer", after: "nonsense" }).started);
      await rejection(one.resume("..", { saveAs: "answer" }).started);
      await rejection(start(one)({ prompt: 1n }, { saveAs: "answer" }).started);
      assert.deepEqual([...saved], before);
    },
  },
];
