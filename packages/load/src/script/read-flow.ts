import type { RunInput } from "@agent-transports/protocol";
import type { Transport } from "../metrics/metric-list.ts";
import { ScriptError } from "./errors.ts";
import { checkOrder } from "./order.ts";
import { isRecord, shown } from "./read-options.ts";
import type { Flow, Shares, Span, Step, Until } from "./steps.ts";

/** What of a scenario the engine reads, and checks: it comes from a file. */
export interface ScenarioSpec {
  readonly name?: unknown;
  /** `sse`, `ws`, or the share of one of them, as in `{ sse: 0.5 }`, which is the default. */
  readonly transport?: unknown;
  /** A list of `StepSpec`. */
  readonly flow?: unknown;
}

/** @param index of the scenario in the script, for one without a name. @throws ScriptError that names the step */
export function readFlow(spec: ScenarioSpec, index = 0): Flow {
  const name = typeof spec.name === "string" && spec.name !== "" ? spec.name : String(index);
  const where = `scenario "${name}"`;
  if (!Array.isArray(spec.flow) || spec.flow.length === 0) throw new ScriptError("invalid_step", where, "flow must be a list of steps.");
  const steps = spec.flow.map((one: unknown, at) => readStep(one, `${where}, step ${at + 1}`));
  checkOrder(steps, where);
  return { name, shares: sharesOf(spec.transport ?? { sse: 0.5 }, where), steps };
}

/** `sse`, `ws`, or the share of one of them, as in `{ sse: 0.5 }`. */
function sharesOf(transport: unknown, where: string): Shares {
  if (isTransport(transport)) return { sse: transport === "sse" ? 1 : 0 };
  if (isRecord(transport) && Object.keys(transport).every((key) => isTransport(key))) {
    const { sse, ws } = transport;
    if (isShare(sse) && (ws === undefined || (isShare(ws) && Math.abs(sse + ws - 1) < 1e-9))) return { sse };
    if (sse === undefined && isShare(ws)) return { sse: 1 - ws };
  }
  throw new ScriptError(
    "invalid_transport",
    where,
    `transport must be sse, ws, or a share as in { sse: 0.5 }, and is ${shown(transport)}.`,
  );
}

function isShare(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= 1;
}

function isTransport(value: unknown): value is Transport {
  return value === "sse" || value === "ws";
}

/** A step's reader gets what stands behind its name, and how it is refused. */
type Refuse = (what: string) => never;
const readers: Readonly<Record<string, (value: unknown, refuse: Refuse, where: string, step: Readonly<Record<string, unknown>>) => Step>> =
  {
    connect: (value, refuse) => (isNothing(value) ? { step: "connect" } : refuse("nothing: connect: {}")),
    start: (value, refuse) => ({
      step: "start",
      input: inputOf(value) ?? refuse("a text, or one of prompt, message, messages and toolOutputs"),
    }),
    read: (value, refuse) => ({ step: "read", until: untilOf(value) ?? refuse("end, { events: 5 } or { until: text-delta }") }),
    send: (value, refuse) => (value === undefined || value === null ? refuse("what to send: any JSON") : { step: "send", data: value }),
    think: (value, refuse) => ({ step: "think", seconds: spanOf(value) ?? refuse("seconds, as in 2 or { from: 1, to: 3 }") }),
    drop(value, refuse) {
      if (isNothing(value)) return { step: "drop", atSecond: undefined };
      const atSecond = isRecord(value) && Object.keys(value).join() === "atSecond" ? spanOf(value["atSecond"])?.from : undefined;
      return { step: "drop", atSecond: atSecond ?? refuse("nothing, or the second of the test, as in { atSecond: 30 }") };
    },
    resume(value, refuse) {
      if (isNothing(value)) return { step: "resume", transport: undefined };
      const over = isRecord(value) && Object.keys(value).join() === "transport" ? value["transport"] : undefined;
      return { step: "resume", transport: isTransport(over) ? over : refuse("nothing, or { transport: sse } or { transport: ws }") };
    },
    cancel: (value, refuse) => (isNothing(value) ? { step: "cancel" } : refuse("nothing: cancel: {}")),
    loop(value, refuse, where, { count }) {
      if (!Array.isArray(value) || value.length === 0) return refuse("a list of steps");
      if (typeof count !== "number" || !Number.isInteger(count) || count < 1) return refuse("a count beside it, as in count: 3");
      return { step: "loop", count, steps: value.map((one: unknown, at) => readStep(one, `${where}, step ${at + 1}`)) };
    },
  };

function readStep(given: unknown, where: string): Step {
  // A step without a value may be a word alone: `- connect`.
  const step = typeof given === "string" ? { [given]: undefined } : given;
  if (!isRecord(step)) throw new ScriptError("unknown_step", where, `a step is one name and what it takes, and this is ${shown(given)}.`);
  const names = Object.keys(step).filter((key) => !(key === "count" && "loop" in step));
  const [name = ""] = names;
  const reader = names.length === 1 && Object.hasOwn(readers, name) ? readers[name] : undefined;
  if (reader === undefined) {
    throw new ScriptError("unknown_step", where, `there is no step ${names.join(" with ")}. There are ${Object.keys(readers).join(", ")}.`);
  }
  const named = `${where} (${name})`;
  const refuse = (what: string): never => {
    throw new ScriptError("invalid_step", named, `give ${what}, and not ${shown(step[name])}.`);
  };
  return reader(step[name], refuse, named, step);
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null || (isRecord(value) && Object.keys(value).length === 0);
}

/** A text is a whole context of its own, so that no agent's conversation grows with the load. `undefined` for what starts no run. */
export function inputOf(value: unknown): RunInput | undefined {
  if (typeof value === "string" && value !== "") {
    const part: { readonly type: "text"; readonly text: string } = { type: "text", text: value };
    return { messages: [{ id: "m", role: "user", parts: [part] }] };
  }
  return isInput(value) ? value : undefined;
}

const inputs = ["prompt", "message", "messages", "toolOutputs"];

/** What is in it is the Agent's to judge: it answers with `invalid_request`. */
function isInput(value: unknown): value is RunInput {
  if (!isRecord(value)) return false;
  const given = Object.keys(value).filter((key) => value[key] !== undefined);
  return given.filter((key) => inputs.includes(key)).length === 1 && given.every((key) => key === "tools" || inputs.includes(key));
}

function untilOf(value: unknown): Until | undefined {
  if (value === "end") return { kind: "end" };
  if (!isRecord(value) || Object.keys(value).length !== 1) return undefined;
  const { events, until } = value;
  if (typeof events === "number" && Number.isInteger(events) && events >= 1) return { kind: "events", count: events };
  if (until === "end" || until === "data-run-end") return { kind: "end" };
  return typeof until === "string" && /^[a-z]+(-[a-z]+)*$/.test(until) ? { kind: "type", type: until } : undefined;
}

/** Longer, and Node's timers would overflow. */
const MOST_SECONDS = 86_400;

function isSeconds(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= MOST_SECONDS;
}

function spanOf(value: unknown): Span | undefined {
  const [from, to] = isRecord(value) ? [value["from"], value["to"]] : [value, value];
  return isSeconds(from) && isSeconds(to) && from <= to ? { from, to } : undefined;
}
