import { settingsOf, TransportError, type Sendable } from "@agent-transports/client-core";
import { JsonText, LIST_MAX_INPUTS, statusOf, type ErrorBody } from "@agent-transports/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Http, PROTOCOLS } from "./http.ts";
import { Uplink } from "./uplink.ts";

interface Input {
  readonly key: string;
  readonly data: unknown;
}

/** A run's inputs at an agent, PROTOCOL.md §3.4: in order, up to the first that is refused. */
class Agent {
  readonly log: Input[] = [];
  /** How many inputs each request had. */
  readonly lists: number[] = [];
  readonly bodies: (string | Uint8Array)[] = [];
  /** What an input is refused with, if it is. */
  refuses: (input: Input) => (ErrorBody & { readonly path?: string }) | undefined = () => undefined;
  maxChars = Infinity;
  takesLists = true;

  answer(init: RequestInit): Response {
    const body = init.body as string | Uint8Array;
    const { inputs, ...one } = (typeof body === "string" ? JSON.parse(body) : { data: body }) as Partial<Input> & { inputs?: Input[] };
    const list = inputs ?? [{ key: new Headers(init.headers).get("Idempotency-Key") ?? "", data: undefined, ...one }];
    this.bodies.push(body);
    this.lists.push(list.length);
    if (body.length > this.maxChars) return refusal({ code: "payload_too_large", message: "Too large." });
    if (inputs !== undefined && !this.takesLists) return refusal({ code: "invalid_request", message: "No data.", path: "data" });
    const accepted: { readonly id: string; readonly key: string }[] = [];
    for (const [index, input] of list.entries()) {
      const known = this.log.findIndex(({ key }) => key === input.key);
      const error = known < 0 ? this.refuses(input) : undefined;
      if (error !== undefined) {
        const path = error.path === undefined || inputs === undefined ? error : { ...error, path: `inputs.${index}.${error.path}` };
        return refusal(path, inputs && { accepted });
      }
      accepted.push({ id: `e.${known < 0 ? this.log.push(input) : known + 1}`, key: input.key });
    }
    return Response.json(inputs === undefined ? accepted[0] : { accepted }, { status: 202 });
  }

  get keys(): string[] {
    return this.log.map(({ key }) => key);
  }
}

function refusal(error: ErrorBody, more: object = {}): Response {
  return Response.json({ error, ...more }, { status: statusOf(error) });
}

/** Gives a request to the agent, or not, and its answer to the client, or not. */
type Line = (agent: Agent, init: RequestInit) => Response | Promise<Response>;

/** Each gives the input's id, or the code of its error. */
type Send = (...inputs: readonly Input[]) => Promise<string>[];

const never = new AbortController().signal;

function uplink(agent: Agent, line?: Line, maxTries?: number): Send {
  const up = uplinkOf(agent, line, maxTries);
  return (...inputs) =>
    inputs.map(({ key, data }) => up.send(Promise.resolve("r"), key, sendable(data), never).catch(({ code }: TransportError) => code));
}

function uplinkOf(agent: Agent, line: Line = (to, init) => to.answer(init), maxTries = Infinity): Uplink {
  const send: typeof fetch = async (_url, init = {}) => line(agent, init);
  const options = { url: "http://agent.test", fetch: send, retry: { baseMs: 1, capMs: 2, maxTries }, onError: () => undefined };
  return new Uplink(new Http(options, settingsOf(options, PROTOCOLS)), never);
}

function sendable(data: unknown): Sendable {
  return data instanceof Uint8Array ? data.slice() : new JsonText(JSON.stringify(data));
}

/** A line on which each request waits until it is let through. */
function held(): { readonly line: Line; readonly asked: () => Promise<void>; readonly pass: () => Promise<void> } {
  const waiting: (() => void)[] = [];
  let onAsked = (): void => undefined;
  const asked = async (): Promise<void> => {
    if (waiting.length === 0) await new Promise<void>((resolve) => (onAsked = resolve));
  };
  return {
    line: async (agent, init) => {
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        onAsked();
      });
      return agent.answer(init);
    },
    asked,
    pass: async () => {
      await asked();
      waiting.shift()?.();
    },
  };
}

const inputs = (...keys: readonly string[]): Input[] => keys.map((key) => ({ key, data: { of: key } }));
const numbered = (count: number, data: unknown = 0): Input[] => Array.from({ length: count }, (_, n) => ({ key: `k${n}`, data }));
describe("inputs", () => {
  it("go at once, those of one turn together, and those that waited during a request with the next one", async () => {
    const agent = new Agent();
    const { line, asked, pass } = held();
    const send = uplink(agent, line);
    const sent = send(...inputs("a", "b"));
    await asked();
    sent.push(...send(...inputs("c")));
    await Promise.resolve();
    sent.push(...send(...inputs("d", "e")));
    await pass();
    await asked();
    sent.push(...send(...inputs("f")));
    await pass();
    await pass();
    expect(await Promise.all(sent)).toEqual(["e.1", "e.2", "e.3", "e.4", "e.5", "e.6"]);
    expect(agent.log).toEqual(inputs("a", "b", "c", "d", "e", "f"));
    expect(agent.lists).toEqual([2, 3, 1]);
  });

  it("are a body of their own where one is sent, and base64 in a list, unless they are large", async () => {
    const agent = new Agent();
    const { line, pass } = held();
    const send = uplink(agent, line);
    const [small, large] = [Uint8Array.of(0, 255, 16), new Uint8Array(30_000)];
    const sent = send({ key: "small", data: small });
    await pass();
    await Promise.all(sent);
    sent.push(...send({ key: "text", data: "x" }));
    await pass();
    await Promise.all(sent);
    sent.push(...send({ key: "again", data: small }, ...inputs("json"), { key: "large", data: large }, ...inputs("last")));
    for (let n = 0; n < 3; n++) await pass();
    expect(await Promise.all(sent)).toEqual(["e.1", "e.2", "e.3", "e.4", "e.5", "e.6"]);
    expect(agent.bodies).toEqual([
      small,
      '{"key":"text","data":"x"}',
      '{"inputs":[{"key":"again","data":{"$bytes":"AP8Q"}},{"key":"json","data":{"of":"json"}}]}',
      large,
      '{"key":"last","data":{"of":"last"}}',
    ]);
  });

  it("are never more in a list than the protocol allows, however small they are", async () => {
    const agent = new Agent();
    const many = Array.from({ length: 5_000 }, (_, n) => ({ key: String.fromCodePoint(0x21 + (n % 94)), data: new Uint8Array() }));
    await Promise.all(uplink(agent)(...many));
    expect(Math.max(...agent.lists)).toBeLessThanOrEqual(LIST_MAX_INPUTS);
    expect(agent.lists.length).toBeLessThan(10);
  });

  it("go in smaller lists where one is too large for the agent, and only the input that is too large alone fails", async () => {
    const agent = new Agent();
    agent.maxChars = 2_000;
    const all = numbered(40, "x".repeat(300));
    all[17] = { key: "large", data: "x".repeat(3_000) };
    const results = await Promise.all(uplink(agent)(...all));
    expect(results[17]).toBe("payload_too_large");
    expect(results.filter((one) => one === "payload_too_large")).toHaveLength(1);
    expect(agent.log).toEqual(all.filter(({ key }) => key !== "large"));
    // It is learnt once.
    expect(agent.lists.filter((count) => count > 5).length).toBeLessThan(8);
  });

  it("go one by one to an agent that knows no lists", async () => {
    const agent = new Agent();
    agent.takesLists = false;
    const all = numbered(12);
    expect(await Promise.all(uplink(agent)(...all))).toEqual(all.map((_, n) => `e.${n + 1}`));
    expect(agent.log).toEqual(all);
  });

  it("fail alone where the agent finds one at fault, and the others are accepted in order", async () => {
    const agent = new Agent();
    agent.refuses = ({ key }) => (key.startsWith("bad") ? { code: "invalid_request", message: "No base64.", path: "data" } : undefined);
    const sent = uplink(agent)(...inputs("a", "bad1", "bad2", "b", "c", "bad3"));
    expect(await Promise.all(sent)).toEqual(["e.1", "invalid_request", "invalid_request", "e.2", "e.3", "invalid_request"]);
    expect(agent.keys).toEqual(["a", "b", "c"]);
    expect(agent.lists).toEqual([6, 4, 3]);
  });

  it("fail together with what is not about one of them, in one request, and those before it are accepted", async () => {
    const agent = new Agent();
    agent.refuses = ({ key }) => (key < "c" ? undefined : { code: "run_ended", message: "It has ended." });
    expect(await Promise.all(uplink(agent)(...inputs("a", "b", "c", "d", "e")))).toEqual([
      "e.1",
      "e.2",
      "run_ended",
      "run_ended",
      "run_ended",
    ]);
    expect(agent.lists).toEqual([5]);
  });

  it("of which the agent accepts some each time do not exhaust the retry policy", async () => {
    const agent = new Agent();
    let left = 2;
    agent.refuses = () => ((left -= 1) >= 0 ? undefined : { code: "too_many_requests", message: "Later." });
    const line: Line = (to, init) => {
      left = 2;
      return to.answer(init);
    };
    const all = numbered(11);
    expect(await Promise.all(uplink(agent, line, 2)(...all))).toEqual(all.map((_, n) => `e.${n + 1}`));
    expect(agent.lists).toEqual([11, 9, 7, 5, 3, 1]);
  });

  it.each([400, 413, 404])("fail once each where the run's start was refused with %i, and nothing is sent", async (status) => {
    const agent = new Agent();
    const up = uplinkOf(agent);
    const refused = new TransportError({ code: "invalid_request", message: "No." }, { status });
    const started = Promise.reject(refused);
    started.catch(() => undefined);
    const sent = inputs("a", "b", "c").map(({ key, data }) => up.send(started, key, sendable(data), never));
    expect(await Promise.allSettled(sent)).toEqual(sent.map(() => ({ status: "rejected", reason: refused })));
    expect(agent.lists).toEqual([]);
  });

  it("fail when the retry policy is exhausted, and later ones are tried anew", async () => {
    const agent = new Agent();
    let dead = true;
    const line: Line = (to, init) => {
      if (dead) throw new TypeError("There is no line.");
      return to.answer(init);
    };
    const send = uplink(agent, line, 3);
    expect(await Promise.all(send(...inputs("a", "b")))).toEqual(["retries_exhausted", "retries_exhausted"]);
    dead = false;
    expect(await Promise.all(send(...inputs("c")))).toEqual(["e.1"]);
  });

  it.each<[string, unknown, readonly string[]]>([
    ["none of them", { accepted: [] }, ["e.1", "e.2"]],
    ["others", { accepted: [{ id: "e.9", key: "other" }] }, ["e.1", "e.2"]],
    ["no list", null, ["e.1", "e.2"]],
    ["what has no id", { accepted: [{ key: "a" }] }, ["e.1", "e.2"]],
    ["some of them", { accepted: [{ id: "e.7", key: "a" }] }, ["e.7", "e.1"]],
  ])("are asked for again where the answer has %s", async (_what, wrong, expected) => {
    const agent = new Agent();
    const answers = [Response.json(wrong, { status: 202 })];
    const line: Line = (to, init) => answers.shift() ?? to.answer(init);
    expect(await Promise.all(uplink(agent, line)(...inputs("a", "b")))).toEqual(expected);
  });
});

/** What becomes of a request: `late` comes to the agent behind the next ones, when its client has long given it up. */
const fates = fc.constantFrom("answered", "cut before", "cut behind", "late");

it("inputs are accepted once each, in the order of the calls, whatever the line and the agent do", async () => {
  const scenario = fc.record({
    turns: fc.array(fc.array(fc.constantFrom("good", "good", "good", "bad", "large", "bytes"), { maxLength: 6 }), { maxLength: 8 }),
    lines: fc.array(fates, { maxLength: 12 }),
    /** After so many new inputs the agent takes no more in that request. */
    rate: fc.integer({ min: 1, max: 12 }),
    maxChars: fc.constantFrom(100, 400, Infinity),
    takesLists: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(scenario, async ({ turns, lines, rate, maxChars, takesLists }) => {
      const agent = new Agent();
      Object.assign(agent, { maxChars, takesLists });
      let left = rate;
      agent.refuses = ({ data }) => {
        if (data === "bad") return { code: "invalid_request", message: "Bad.", path: "data" };
        return (left -= 1) < 0 ? { code: "too_many_requests", message: "Later." } : undefined;
      };
      const late: RequestInit[] = [];
      const answer = (init: RequestInit): Response => {
        left = rate;
        return agent.answer(init);
      };
      const send = uplink(agent, (_, init) => {
        const fate = lines.shift() ?? "answered";
        if (fate !== "late" && late.length > 1) answer(late.shift()!);
        if (fate === "late") late.push(init);
        if (fate === "cut behind") answer(init);
        if (fate !== "answered") throw new TypeError("The line was cut.");
        return answer(init);
      });
      const data = { good: "x".repeat(20), bad: "bad", large: "x".repeat(200), bytes: new Uint8Array(10) };
      const given = turns.map((kinds, turn) => kinds.map((kind, n) => ({ key: `${turn}-${n}`, data: data[kind] })));
      const sent: Promise<string>[] = [];
      for (const turn of given) {
        sent.push(...send(...turn));
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
      const results = await Promise.all(sent);
      for (const init of late) answer(init);
      const all = given.flat();
      const accepted = all.filter(({ data: one }) => one !== "bad" && !(maxChars < 200 && one === data.large));
      expect(agent.keys).toEqual(accepted.map(({ key }) => key));
      const expected = all.map((one) => {
        if (one.data === "bad") return "invalid_request";
        return accepted.includes(one) ? `e.${accepted.indexOf(one) + 1}` : "payload_too_large";
      });
      expect(results).toEqual(expected);
    }),
    { numRuns: 150 },
  );
});
