import { isAgentName } from "@agent-transports/protocol";
import { ScriptError } from "./errors.ts";
import { RUN_LIMIT_MS } from "./run-limit.ts";
import type { EngineOptions } from "./steps.ts";

/** The engine's name in a script: `config.engines` and a scenario's `engine`. */
export const ENGINE = "agent-transports";

const WHERE = `config.engines.${ENGINE}`;
const byDefault = { agent: "transport-agent", name: "load", agents: 20, stallMs: 1_000, runLimitMs: RUN_LIMIT_MS } as const;

/** What of a script's `config` the engine reads, and checks. */
export interface ScriptConfig {
  /** The Worker's absolute `http(s)` URL. */
  readonly target?: unknown;
  /**
   * `agent-transports` has `agent` (the agents' URL segment, `transport-agent`), `name` (what their names begin with, `load`), `agents` (how many take
   * the users in turn, 20), `stallMs` (gaps above it are stalls, 1,000) and `runLimitMs` (a run that takes longer has failed, 120,000).
   */
  readonly engines?: Readonly<Record<string, unknown>>;
}

/** @throws ScriptError */
export function readOptions(config: ScriptConfig): EngineOptions {
  // YAML's `agent-transports:` with nothing behind it is null.
  const given = config.engines?.[ENGINE] ?? {};
  if (!isRecord(given)) throw new ScriptError("invalid_option", WHERE, "give a map of options, or {}.");
  for (const name of Object.keys(given)) {
    if (!(name in byDefault)) {
      throw new ScriptError("invalid_option", WHERE, `there is no option ${name}. There are ${Object.keys(byDefault).join(", ")}.`);
    }
  }
  const text = (name: "agent" | "name"): string => {
    const value = given[name] ?? byDefault[name];
    if (typeof value === "string" && isAgentName(value)) return value;
    throw new ScriptError("invalid_option", WHERE, `${name} must be letters, digits, "-" and "_", and is ${shown(value)}.`);
  };
  const count = (name: "agents" | "stallMs" | "runLimitMs"): number => {
    const value = Number(given[name] ?? byDefault[name]);
    if (Number.isInteger(value) && value >= 1 && value < 2 ** 31) return value;
    throw new ScriptError("invalid_option", WHERE, `${name} must be a whole number from 1 on, and is ${shown(given[name])}.`);
  };
  return {
    target: targetOf(config.target),
    agent: text("agent"),
    name: text("name"),
    agents: count("agents"),
    stallMs: count("stallMs"),
    runLimitMs: count("runLimitMs"),
  };
}

function targetOf(target: unknown): URL {
  const url = typeof target === "string" && URL.canParse(target) ? new URL(target) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url;
  throw new ScriptError("invalid_target", "config.target", `give the Worker's absolute http(s) URL, and not ${shown(target)}.`);
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value as an error shows it. */
export function shown(value: unknown): string {
  const json = JSON.stringify(value) ?? String(value);
  return json.length > 80 ? `${json.slice(0, 80)}…` : json;
}
