import { describe, expect, it } from "vitest";
import { ScriptError } from "./errors.ts";
import { readFlow } from "./read-flow.ts";
import { readOptions } from "./read-options.ts";

function refusal(read: () => unknown): ScriptError {
  try {
    read();
  } catch (error) {
    if (error instanceof ScriptError) return error;
    throw error;
  }
  throw new Error("It was not refused.");
}

const start = { start: "Hello" };
const target = "http://localhost:8787";

describe("a scenario's flow", () => {
  it("is read with every step that there is", () => {
    const flow = [
      { connect: {} },
      { loop: [start, { read: "end" }, { think: { from: 1, to: 2 } }], count: 2 },
      { start: { prompt: "Hello", tools: {} } },
      { read: { events: 5 } },
      { read: { until: "text-delta" } },
      { send: "more" },
      { drop: { atSecond: 30 } },
      { resume: { transport: "ws" } },
      { drop: null },
      "resume",
      { cancel: {} },
      { read: { until: "data-run-end" } },
    ];
    const { name, shares, steps } = readFlow({ name: "all", transport: { ws: 0.25 }, flow });
    expect([name, shares.sse, steps.map(({ step }) => step)]).toEqual([
      "all",
      0.75,
      ["connect", "loop", "start", "read", "read", "send", "drop", "resume", "drop", "resume", "cancel", "read"],
    ]);
    expect(steps[1]).toMatchObject({
      count: 2,
      steps: [{ step: "start" }, { step: "read", until: { kind: "end" } }, { seconds: { from: 1, to: 2 } }],
    });
    expect(steps[3]).toEqual({ step: "read", until: { kind: "events", count: 5 } });
    expect(steps[6]).toEqual({ step: "drop", atSecond: 30 });
  });

  it("gives a text a context of its own, so that no conversation grows with the load", () => {
    const [step] = readFlow({ flow: [start] }).steps;
    expect(step).toEqual({ step: "start", input: { messages: [{ id: "m", role: "user", parts: [{ type: "text", text: "Hello" }] }] } });
  });

  it.each([
    [[{ strat: "Hello" }], "unknown_step", /^scenario "chat", step 1: there is no step strat\. There are connect, start, /],
    [[{ start: "a", read: "end" }], "unknown_step", /step 1: there is no step start with read/],
    [[7], "unknown_step", /step 1: a step is one name/],
    [[start, { read: "edn" }], "invalid_step", /^scenario "chat", step 2 \(read\): give end, .*, and not "edn"\.$/],
    [[start, { read: { events: 0 } }], "invalid_step", /step 2 \(read\)/],
    [[start, { read: { until: "Text" } }], "invalid_step", /step 2 \(read\)/],
    [[{ start: {} }], "invalid_step", /step 1 \(start\): give a text, or one of prompt/],
    [[{ start: { prompt: "a", message: {} } }], "invalid_step", /step 1 \(start\)/],
    [[{ think: -1 }], "invalid_step", /step 1 \(think\): give seconds/],
    [[{ think: { from: 3, to: 1 } }], "invalid_step", /step 1 \(think\)/],
    [[start, { drop: 3 }], "invalid_step", /step 2 \(drop\)/],
    [[start, { drop: {} }, { resume: { transport: "tcp" } }], "invalid_step", /step 3 \(resume\)/],
    [[{ loop: [start] }], "invalid_step", /step 1 \(loop\): give a count beside it/],
    [[{ loop: [{ read: "x" }], count: 2 }], "invalid_step", /step 1 \(loop\), step 1 \(read\)/],
    [[{ read: "end" }], "misplaced_step", /step 1 \(read\): there is no run to read\. Put start or resume before it\.$/],
    [[start, start], "misplaced_step", /step 2 \(start\): the run before it is not over/],
    [[start, { drop: {} }, { read: "end" }], "misplaced_step", /step 3 \(read\)/],
    [[start, { resume: {} }], "misplaced_step", /step 2 \(resume\): there is nothing to come back to/],
    [[{ loop: [start], count: 2 }], "misplaced_step", /step 1 \(loop\), step 1 \(start\)/],
    [[start, { read: "end" }, { send: 1 }], "misplaced_step", /step 3 \(send\)/],
    [[], "invalid_step", /flow must be a list of steps/],
    [undefined, "invalid_step", /flow must be a list of steps/],
  ])("%j is refused as %s, by its step", (flow, type, message) => {
    const error = refusal(() => readFlow({ name: "chat", flow }));
    expect([error.type, error.message]).toEqual([type, expect.stringMatching(message)]);
  });

  it.each(["tcp", 1, { sse: 2 }, { sse: 0.5, ws: 0.6 }, { h2: 1 }, {}])("transport %j is refused", (transport) => {
    expect(refusal(() => readFlow({ flow: [start], transport })).type).toBe("invalid_transport");
  });

  it.each([
    ["sse", 1],
    ["ws", 0],
    [undefined, 0.5],
    [{ sse: 0.3, ws: 0.7 }, 0.3],
  ])("transport %j is the share %f of SSE", (transport, sse) => {
    expect(readFlow({ flow: [start], transport }).shares.sse).toBeCloseTo(sse);
  });
});

describe("the engine's options", () => {
  it("have defaults, also where YAML says nothing behind the name", () => {
    const all = { agent: "transport-agent", name: "load", agents: 20, stallMs: 1_000, runLimitMs: 120_000, target: new URL(target) };
    expect(readOptions({ target, engines: { "agent-transports": null } })).toEqual(all);
    expect(readOptions({ target })).toEqual(all);
  });

  it.each([
    [{ target: "localhost" }, "invalid_target", /config\.target: give the Worker's absolute http\(s\) URL, and not "localhost"/],
    [{}, "invalid_target", /undefined/],
    [
      { target, engines: { "agent-transports": { agnets: 3 } } },
      "invalid_option",
      /there is no option agnets\. There are agent, name, agents/,
    ],
    [{ target, engines: { "agent-transports": { agents: 0 } } }, "invalid_option", /agents must be a whole number from 1 on/],
    [{ target, engines: { "agent-transports": { name: "a b" } } }, "invalid_option", /name must be/],
    [{ target, engines: { "agent-transports": [] } }, "invalid_option", /give a map/],
  ])("%j are refused as %s", (config, type, message) => {
    const error = refusal(() => readOptions(config));
    expect([error.type, error.message]).toEqual([type, expect.stringMatching(message)]);
  });
});
