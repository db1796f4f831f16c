import { readFile } from "node:fs/promises";
import { traceGapsMs } from "@agent-transports/lab/traffic";
import { AGENT_SEGMENT, isAgentName } from "@agent-transports/protocol";
import { quantilesOf, scenarioNames, scenarios, type ScenarioName, type ScriptOptions } from "artillery-engine-agent-transports/plan";
import { playedIn, readReport, type LoadResult } from "artillery-engine-agent-transports/results";
import { DEFAULT_MAX_RUNS, DEFAULT_RUNS_PER_SECOND } from "../run/budget.ts";
import { messageOf, nearest, UsageError } from "../usage/errors.ts";
import { decimalFlag, helpFlag, readFlag, switchFlag, textFlag, urlFlag, wholeFlag, type CommandLine, type Flag } from "../usage/flags.ts";

type Transports = NonNullable<ScriptOptions["transport"]>;

export const flags = {
  rate: optional(decimalFlag("rate", { from: 0.001, to: 10_000 }, 0)),
  seconds: wholeSeconds(optional(decimalFlag("duration", { from: 1, to: 86_400 }, 0, "s"))),
  transport: readFlag<Transports | undefined>("transport", transportsOf, undefined),
  scenario: readFlag<ScenarioName | undefined>("scenario", (text) => scenarioOf(text, "--scenario"), undefined),
  quick: switchFlag("quick"),
  trace: textFlag("trace"),
  agent: readFlag<string | undefined>("agent", agentOf, undefined),
  agents: wholeFlag("agents", { from: 1, to: 10_000 }, 20),
  p95FirstEventMs: optional(decimalFlag("p95-first-event", { from: 1, to: 600_000 }, 0)),
  out: textFlag("out", "bench-results/load"),
  url: urlFlag("url"),
  yes: switchFlag("yes", "y"),
  maxRuns: wholeFlag("max-runs", { from: 1, to: 1_000_000 }, DEFAULT_MAX_RUNS),
  help: helpFlag,
};

export interface LoadPlan extends Omit<ScriptOptions, "target"> {
  readonly name: ScenarioName;
  readonly transport: Transports;
}

/** Under a minute, whatever the scenario. */
const QUICK = { seconds: 10, rate: 5 };

/** @throws UsageError, and TraceError for a trace that cannot be read */
export async function planOf(line: CommandLine): Promise<LoadPlan> {
  const [word = "steady", ...more] = line.words;
  if (more.length > 0) throw new UsageError(`load takes one scenario, and not ${line.words.join(" and ")}. See load --help.`);
  const name = scenarioOf(word, "load");
  if (line.value(flags.scenario) !== undefined)
    throw new UsageError(`--scenario is an option of load merge. Type load ${word}, without it.`);
  const trace = line.value(flags.trace);
  if (trace !== undefined && name !== "real-traffic") {
    throw new UsageError(`--trace is an option of the scenario real-traffic: load real-traffic --trace ${trace}`);
  }
  const agent = line.value(flags.agent);
  if (agent !== undefined && line.value(flags.url) === undefined) {
    throw new UsageError(`--agent is an option of --url: the Worker that load starts has ${AGENT_SEGMENT} alone.`);
  }
  const p95FirstEventMs = line.value(flags.p95FirstEventMs);
  const rate = rateOf(line, name);
  // It begins with one user a second.
  if (name === "knee" && rate <= 1) {
    throw new UsageError(
      "knee is a ramp from 1 user/s up to --rate, and needs one above 1: load knee --rate 10. At a deployment it has no default.",
    );
  }
  const seconds = line.value(flags.seconds) ?? (line.value(flags.quick) ? QUICK.seconds : scenarios[name].byDefault.seconds);
  const { mostSeconds = seconds } = scenarios[name];
  if (seconds > mostSeconds) {
    throw new UsageError(
      `${name} takes a --duration of ${mostSeconds}s at most: an answer lasts as long, and models write no longer ones.`,
    );
  }
  return {
    name,
    transport: line.value(flags.transport) ?? { sse: 0.5 },
    agents: line.value(flags.agents),
    rate,
    seconds,
    ...(agent === undefined ? {} : { agent }),
    ...(p95FirstEventMs === undefined ? {} : { p95FirstEventMs }),
    ...(trace === undefined ? {} : { gaps: quantilesOf(await traceGapsMs(trace)) }),
  };
}

function rateOf(line: CommandLine, name: ScenarioName): number {
  const { rate } = scenarios[name].byDefault;
  // Nobody's bill is to grow because a flag was left out.
  if (line.value(flags.url) !== undefined) return line.value(flags.rate) ?? Math.min(rate, DEFAULT_RUNS_PER_SECOND);
  return line.value(flags.rate) ?? (line.value(flags.quick) ? Math.min(rate, QUICK.rate) : rate);
}

/** @param what takes it */
function scenarioOf(word: string, what: "load" | "--scenario"): ScenarioName {
  const name = scenarioNames.find((one) => one === word);
  if (name !== undefined) return name;
  const meant = nearest(word, scenarioNames);
  throw new UsageError(
    `${what} takes no ${word}. ${meant === undefined ? `There are ${scenarioNames.join(", ")}.` : `Did you mean ${meant}?`}`,
  );
}

function agentOf(text: string): string {
  const isName: boolean = isAgentName(text);
  if (isName) return text;
  throw new UsageError(`--agent ${text}: give the agent's part of the URL, as in support-agent of /agents/support-agent/…`);
}

function transportsOf(text: string): Transports {
  if (text === "sse" || text === "ws") return text;
  const share = /^sse=(0(?:\.\d+)?|1)$/.exec(text)?.[1];
  if (share === undefined) throw new UsageError(`--transport ${text}: give sse, ws, or the share of SSE, as in sse=0.5`);
  return { sse: Number(share) };
}

/** By whose thresholds reports are judged: as was asked for, or as all of them say. @throws UsageError where neither does */
export function scenarioOfReports(line: CommandLine, result: LoadResult): ScenarioName {
  const played = playedIn(result);
  const known = scenarioNames.filter((name) => played.includes(name));
  const name = line.value(flags.scenario) ?? (played.length === 1 ? known[0] : undefined);
  if (name !== undefined) return name;
  throw new UsageError(
    `The reports are of ${played.length === 0 ? "no scenario that they name" : played.join(" and ")}. ` +
      `Say by whose thresholds they are judged: --scenario ${known[0] ?? "steady"}. There are ${scenarioNames.join(", ")}.`,
  );
}

/** For others, Artillery ends with a stack, and "Invalid duration for phase". */
function wholeSeconds(flag: Flag<number | undefined>): Flag<number | undefined> {
  return {
    ...flag,
    read(typed) {
      const seconds = flag.read(typed);
      if (seconds === undefined || Number.isInteger(seconds)) return seconds;
      throw new UsageError(`--${flag.name} ${typed.at(-1)}: give whole seconds, as in ${Math.ceil(seconds)}s. Artillery takes no others.`);
    },
  };
}

/** A flag that has no default of its own. */
function optional(flag: Flag<number>): Flag<number | undefined> {
  return { ...flag, read: (typed) => (typed.length === 0 ? undefined : flag.read(typed)) };
}

/** @throws UsageError, and ReportError for what is no report */
export async function reportAt(file: string): Promise<LoadResult> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${messageOf(error)}.`, { cause: error });
  }
  return readReport(json, file);
}
