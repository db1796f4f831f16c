import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LIST_MAX_INPUTS } from "@agent-transports/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { WorkerHost } from "@agent-transports/worker-host";
import { eventually, post, range, readEvents, segment, seqs, start, TestSocket, type SseEvent } from "./harness.ts";

/** Lists of inputs, PROTOCOL.md §3.4. A run that says a word in 100 seconds. */
const vars = { SCRIPTED_TOKENS_PER_SECOND: "0.01", LIMITS: '{"inputsPerSecond":2000}' };
let host: WorkerHost;
let base: string;
beforeAll(async () => {
  host = await start({ vars });
  base = new URL(`${segment}/lists`, host.url).href;
}, 60_000);
afterAll(() => host.dispose());

interface Given {
  readonly key: string;
  readonly data: unknown;
}
interface Answer {
  readonly accepted?: readonly { readonly id: string; readonly key: string }[];
  readonly error?: { readonly code: string; readonly path?: string; readonly limit?: number };
}

async function begin(at = base): Promise<string> {
  const { headers, body } = await post(`${at}/runs`, { prompt: "Hello" });
  await body?.cancel();
  return `${at}/runs/${headers.get("Agent-Run")}`;
}

async function send(run: string, body: unknown, headers: Record<string, string> = {}): Promise<[status: number, Answer]> {
  const response = await post(`${run}/inputs`, body, headers);
  return [response.status, (await response.json()) as Answer];
}

/** Ends a run, and reads what was put into it. */
async function inputsOf(run: string): Promise<{ readonly events: readonly SseEvent[]; readonly inputs: readonly object[] }> {
  await fetch(run, { method: "DELETE" });
  const events = await readEvents(await fetch(`${run}/events`));
  return { events, inputs: events.flatMap(({ id, data }) => (data.type === "data-input" ? [{ id, key: data.id, data: data.data }] : [])) };
}

const list = (name: string, count: number): Given[] => Array.from({ length: count }, (_, n) => ({ key: `${name}-${n}`, data: { n } }));
const keysOf = ({ accepted = [] }: Answer): string[] => accepted.map(({ key }) => key);

describe("a list of inputs", () => {
  it("is accepted in order, each input with its id, and is in the log as such", async () => {
    const run = await begin();
    const inputs = list("a", 50);
    const [status, answer] = await send(run, { inputs });
    expect([status, Object.keys(answer)]).toEqual([202, ["accepted"]]);
    expect((await inputsOf(run)).inputs).toEqual(inputs.map((input, n) => ({ ...input, id: answer.accepted?.[n]?.id })));
  });

  it("reaches a reader that is connected, in order, with what else is sent", async () => {
    const run = await begin();
    const events = await fetch(`${run}/events`);
    const reading = readEvents(events, (all) => all.some(({ data }) => data.type === "data-input" && data.id === "last"));
    await send(run, { inputs: list("a", 20) });
    await send(run, { data: "alone", key: "alone" });
    await send(run, { inputs: [...list("b", 20), { key: "last", data: null }] });
    const seen = await reading;
    expect(seqs(seen)).toEqual(range(1, seen.length));
    const { inputs } = await inputsOf(run);
    expect(seen.filter(({ data }) => data.type === "data-input").map(({ id }) => id)).toEqual(
      inputs.map((input) => "id" in input && input.id),
    );
    expect(inputs).toHaveLength(42);
  });

  it("holds bytes as base64, and any JSON", async () => {
    const run = await begin();
    const inputs = [{ $bytes: "AAEC" }, "text", null, [1, { $bytes: "deeper" }], { $bytes: "", more: 1 }].map((data, n) => ({
      key: `k${n}`,
      data,
    }));
    expect((await send(run, { inputs }))[0]).toBe(202);
    expect((await inputsOf(run)).inputs).toMatchObject(inputs);
  });

  it("gets the same ids when it is sent again, alone, in another list, or by another way", async () => {
    const run = await begin();
    const inputs = list("a", 3);
    const [, first] = await send(run, { inputs });
    expect(await send(run, { inputs })).toEqual([202, first]);
    expect(await send(run, inputs[1])).toEqual([202, first.accepted?.[1]]);
    const [, grown] = await send(run, { inputs: [...inputs, ...list("b", 2), ...inputs] });
    expect(grown.accepted?.slice(0, 3)).toEqual(first.accepted);
    expect(grown.accepted?.slice(5)).toEqual(first.accepted);
    expect((await inputsOf(run)).inputs).toMatchObject([...inputs, ...list("b", 2)]);
  });

  it("is refused where its key brought another input, over either transport, and the rest of its list can be sent again", async () => {
    const run = await begin();
    const [a, b] = [list("a", 3), list("b", 3)];
    const [, first] = await send(run, { inputs: a });
    const other = { ...a[1]!, data: "other" };
    const error = { code: "key_reused", run: run.slice(run.lastIndexOf("/") + 1) };
    expect(await send(run, other)).toMatchObject([422, { error: { ...error, path: "key" } }]);
    const [status, answer] = await send(run, { inputs: [b[0], other, ...b.slice(1)] });
    expect([status, keysOf(answer), answer.error]).toMatchObject([422, [b[0]!.key], { ...error, path: "inputs.1.key" }]);
    expect((await send(run, { inputs: b }))[0]).toBe(202);
    const socket = await new TestSocket(`${run.slice(0, run.indexOf("/runs/"))}?v=1`).open();
    socket.send({ type: "input", run: error.run, ...other });
    socket.send({ type: "input", run: error.run, ...a[1] });
    expect(await socket.frame(({ type }) => type === "error")).toMatchObject({ frame: "input", key: other.key, error });
    expect(await socket.frame(({ type }) => type === "accepted")).toMatchObject({ id: first.accepted?.[1]?.id });
    socket.socket.close();
    expect((await inputsOf(run)).inputs).toMatchObject([...a, ...b]);
  });

  it.each<[string, unknown, string]>([
    ["no key", { data: 1 }, "key"],
    ["a key with a space", { key: "a b", data: 1 }, "key"],
    ["a key that is no string", { key: 5, data: 1 }, "key"],
    ["no data", { key: "k" }, "data"],
    ["bytes that are not base64", { key: "k", data: { $bytes: "?" } }, "data"],
    ["no members", 7, "data"],
    ["null for an input", null, "data"],
  ])("with %s in the middle is accepted up to there, and the answer names the place", async (_what, faulty, member) => {
    const run = await begin();
    const [a, b] = [list("a", 3), list("b", 3)];
    const [status, answer] = await send(run, { inputs: [...a, faulty, ...b] }, { "Idempotency-Key": "of-no-list" });
    expect([status, answer.error]).toMatchObject([400, { code: "invalid_request", path: `inputs.3.${member}` }]);
    expect(keysOf(answer)).toEqual(a.map(({ key }) => key));
    // The client sends the rest without it.
    expect((await send(run, { inputs: b }))[0]).toBe(202);
    expect((await inputsOf(run)).inputs).toMatchObject([...a, ...b]);
  });

  it.each<[string, unknown, number, object]>([
    ["empty", [], 400, { code: "invalid_request", path: "inputs" }],
    ["no list", { key: "k", data: 1 }, 400, { code: "invalid_request", path: "inputs" }],
    ["longer than the limit", list("a", LIST_MAX_INPUTS + 1), 413, { code: "payload_too_large", path: "inputs", limit: LIST_MAX_INPUTS }],
    ["larger than a body", [{ key: "k", data: "x".repeat(1_048_576) }], 413, { code: "payload_too_large", limit: 1_048_576 }],
  ])("that is %s is refused as a whole", async (_what, inputs, status, error) => {
    const run = await begin();
    expect(await send(run, { inputs })).toEqual([status, { error: expect.objectContaining(error) }]);
    expect((await inputsOf(run)).inputs).toEqual([]);
  });

  it("may be as long as the limit", async () => {
    const run = await begin();
    const [status, answer] = await send(run, { inputs: list("a", LIST_MAX_INPUTS) });
    expect([status, answer.accepted?.length]).toEqual([202, LIST_MAX_INPUTS]);
    expect((await inputsOf(run)).inputs).toHaveLength(LIST_MAX_INPUTS);
  });

  it("is refused beside a single input, and where the run is not there", async () => {
    const run = await begin();
    expect(await send(run, { data: 1, inputs: list("a", 1) })).toMatchObject([400, { error: { code: "invalid_request", path: "inputs" } }]);
    const nowhere = await send(`${base}/runs/none`, { inputs: list("a", 1) });
    expect(nowhere).toEqual([404, { error: expect.objectContaining({ code: "run_not_found" }) }]);
    expect((await inputsOf(run)).inputs).toEqual([]);
  });

  it("to a run that has ended is run_ended, behind what the run had accepted", async () => {
    const run = await begin();
    const [, first] = await send(run, { inputs: list("a", 2) });
    await fetch(run, { method: "DELETE" });
    expect(await send(run, { inputs: list("b", 2) })).toMatchObject([409, { accepted: [], error: { code: "run_ended" } }]);
    expect(await send(run, { inputs: list("a", 3) })).toMatchObject([409, { accepted: first.accepted, error: { code: "run_ended" } }]);
    expect(await send(run, { inputs: list("a", 2) })).toEqual([202, first]);
  });
});

it("inputs beyond the rate are too_many_requests, with those before them accepted, and the rest is accepted later", async () => {
  const limited = await start({ vars: { ...vars, LIMITS: '{"inputsPerSecond":5}' } });
  try {
    const run = await begin(new URL(`${segment}/rate`, limited.url).href);
    const inputs = list("a", 20);
    const response = await post(`${run}/inputs`, { inputs });
    expect([response.status, response.headers.get("Retry-After")]).toEqual([429, "1"]);
    const answer = (await response.json()) as Answer;
    expect(answer.error).toMatchObject({ code: "too_many_requests", limit: 5, retryAfter: 1 });
    const accepted = keysOf(answer);
    expect(accepted.length).toBeGreaterThanOrEqual(10);
    expect(accepted).toEqual(inputs.slice(0, accepted.length).map(({ key }) => key));
    // What was accepted costs nothing when it is sent again.
    const [, whole] = await eventually(
      () => send(run, { inputs }),
      ([status]) => status === 202,
    );
    expect(whole.accepted?.slice(0, accepted.length)).toEqual(answer.accepted);
    expect((await inputsOf(run)).inputs).toMatchObject(inputs);
  } finally {
    await limited.dispose();
  }
}, 60_000);

it("an agent that is killed has all inputs of a list or none, and all of those that it answered", async () => {
  const storage = await mkdtemp(join(tmpdir(), "agent-"));
  const [LISTS, EACH] = [40, 25];
  try {
    for (const [round, answersBeforeKill] of [1, 4, 9, 16, 25].entries()) {
      const first = await start({ vars, persistTo: storage });
      const path = `${segment}/killed-${round}`;
      const run = await begin(new URL(path, first.url).href);
      const answered: string[] = [];
      const statuses = new Set<number>();
      let kill = (): void => undefined;
      const enough = new Promise<void>((resolve) => (kill = resolve));
      const sending = Array.from({ length: LISTS }, async (_, n) => {
        const [status, answer] = await send(run, { inputs: list(`${round}-${n}`, EACH) });
        statuses.add(status);
        answered.push(...keysOf(answer));
        if (answered.length >= answersBeforeKill * EACH) kill();
      });
      const settled = Promise.allSettled(sending);
      await enough;
      first.kill();
      await settled;
      await first.dispose();
      expect([...statuses]).toEqual([202]);

      const second = await start({ vars, persistTo: storage });
      const { events, inputs } = await inputsOf(new URL(new URL(run).pathname, second.url).href);
      await second.dispose();
      expect(seqs(events)).toEqual(range(1, events.length));
      expect(events.at(-1)?.data).toMatchObject({ data: { state: "cancelled" } });
      const keys = inputs.map((input) => ("key" in input ? input.key : undefined));
      expect(new Set(keys).size).toBe(keys.length);
      expect(answered.filter((key) => !keys.includes(key))).toEqual([]);
      // Each list lies in one piece.
      const whole = keys
        .filter((_, at) => at % EACH === 0)
        .flatMap((key) => list(String(key).replace(/-0$/, ""), EACH).map(({ key: one }) => one));
      expect(keys).toEqual(whole);
    }
  } finally {
    await rm(storage, { recursive: true, force: true });
  }
}, 120_000);
