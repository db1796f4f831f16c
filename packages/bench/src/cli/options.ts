import { DEFAULT_MAX_RUNS, DEFAULT_RUNS_PER_SECOND, type DeploymentLimits } from "../run/budget.ts";
import { BENCH } from "../usage/command-name.ts";
import { nearest, UsageError } from "../usage/errors.ts";
import {
  decimalFlag,
  helpFlag,
  readCommandLine,
  readFlag,
  switchFlag,
  textFlag,
  urlFlag,
  wholeFlag,
  type CommandLine,
  type Flag,
} from "../usage/flags.ts";
import type { Depth } from "../scenarios/parts/scenario.ts";
import type { ReportOptions } from "./commands/report.ts";
import type { ResumeOptions } from "./commands/resume.ts";
import type { RunOptions } from "./commands/run.ts";

export type Options =
  | RunOptions
  | ResumeOptions
  | ReportOptions
  | { readonly command: "list"; readonly json: boolean }
  | { readonly command: "help" }
  | { readonly command: OwnFlags; readonly argv: readonly string[] };

/** Commands that read their own flags. */
const ownFlags = [
  "load",
  "agents",
  "clients",
  "sockets",
  "scale",
  "plan",
  "cost",
  "answer",
  "compare",
  "combine",
  "verdicts",
  "raw",
  "simulate",
] as const;
type OwnFlags = (typeof ownFlags)[number];

const depths = { quick: switchFlag("quick"), standard: switchFlag("standard"), full: switchFlag("full") };
const flags = {
  ...depths,
  seed: wholeFlag("seed", { from: 0, to: 2 ** 31 - 1 }),
  out: textFlag("out"),
  trace: textFlag("trace"),
  link: textFlag("link"),
  url: urlFlag("url"),
  handicap: readFlag("handicap", handicapOf, null),
  port: wholeFlag("port", { from: 0, to: 65_535 }, 0),
  peers: switchFlag("peers"),
  yes: switchFlag("yes", "y"),
  maxRuns: wholeFlag("max-runs", { from: 1, to: 1_000_000 }, DEFAULT_MAX_RUNS),
  // Slower, and Node's timers would overflow.
  maxRate: decimalFlag("max-rate", { from: 0.001, to: 1_000 }, DEFAULT_RUNS_PER_SECOND),
  anyway: switchFlag("anyway"),
  json: switchFlag("json"),
  help: helpFlag,
};

const limits = [flags.yes, flags.maxRuns, flags.maxRate];
/** What each of the other commands takes. */
const flagsOf: Readonly<Record<string, readonly Flag<unknown>[]>> = {
  help: [],
  list: [flags.json],
  report: [flags.out, flags.json],
  resume: [flags.trace, flags.link, flags.port, flags.anyway, flags.json, ...limits],
  run: Object.values(flags).filter((flag) => flag !== flags.anyway),
};

const commands = ["run", "resume", "list", "report", ...ownFlags, "help"];

/** Loads the scenarios only where their names are needed: they are most of the program. @throws UsageError */
export async function parseOptions(argv: readonly string[]): Promise<Options> {
  const own = ownFlags.find((name) => name === argv[0]);
  if (own !== undefined) return { command: own, argv: argv.slice(1) };
  const line = readCommandLine(argv, Object.values(flags), "--help");
  const [first = "run", ...rest] = line.words;
  if (line.value(flags.help)) return { command: "help" };
  refuseOthers(first, line);
  const json = line.value(flags.json);
  switch (first) {
    case "help":
      return { command: "help" };
    case "list":
      if (rest.length > 0) throw new UsageError(`list takes no ${rest.join(" ")}: it lists all scenarios.`);
      return { command: "list", json };
    case "report":
      return { command: "report", file: oneFile("report", rest), out: line.value(flags.out), json };
    case "resume":
      return {
        command: "resume",
        file: oneFile("resume", rest),
        trace: line.value(flags.trace),
        link: line.value(flags.link),
        port: line.value(flags.port),
        anyway: line.value(flags.anyway),
        json,
        ...limitsOf(line),
      };
    case "run":
      return {
        command: "run",
        scenarios: scenariosOf(rest, await scenarioNames()),
        depth: depthOf(line),
        seed: line.value(flags.seed) ?? Date.now() % 2 ** 31,
        out: line.value(flags.out) ?? "bench-results",
        trace: line.value(flags.trace),
        link: line.value(flags.link),
        port: line.value(flags.port),
        ...targetOf(line),
        json,
        ...limitsOf(line),
      };
    default: {
      const scenarios = await scenarioNames();
      const meant = nearest(first, [...commands, ...scenarios]);
      const advice = scenarios.includes(first)
        ? `Did you mean: run ${first}?`
        : meant === undefined
          ? `There are ${commands.join(", ")}.`
          : `Did you mean ${meant}?`;
      throw new UsageError(`There is no command ${first}. ${advice}`);
    }
  }
}

/** @throws UsageError where a flag was given that the command takes no notice of */
function refuseOthers(command: string, line: CommandLine): void {
  const taken = flagsOf[command];
  const other = line.given.find((flag) => taken?.includes(flag) === false);
  if (other === undefined) return;
  const owners = Object.keys(flagsOf).filter((name) => flagsOf[name]?.includes(other));
  throw new UsageError(`${command} takes no --${other.name}: it is an option of ${owners.join(" and ")}. See ${BENCH} --help.`);
}

function oneFile(command: string, words: readonly string[]): string {
  const [file, ...more] = words;
  if (file === undefined || more.length > 0)
    throw new UsageError(`${command} needs one file: ${BENCH} ${command} bench-results/results.json`);
  return file;
}

function limitsOf(line: CommandLine): DeploymentLimits {
  return { yes: line.value(flags.yes), maxRuns: line.value(flags.maxRuns), runsPerSecond: line.value(flags.maxRate) };
}

async function scenarioNames(): Promise<readonly string[]> {
  return (await import("../scenarios/index.ts")).scenarioNames;
}

function scenariosOf(names: readonly string[], known: readonly string[]): readonly string[] {
  for (const name of names) {
    if (known.includes(name)) continue;
    const meant = nearest(name, known);
    throw new UsageError(
      `There is no scenario ${name}. ${meant === undefined ? `There are ${known.join(", ")}.` : `Did you mean ${meant}?`}`,
    );
  }
  return names.length === 0 ? known : [...new Set(names)];
}

function depthOf(line: CommandLine): Depth {
  const asked = (["quick", "standard", "full"] as const).filter((depth) => line.value(depths[depth]));
  if (asked.length > 1) throw new UsageError(`Choose one depth: --${asked.join(" or --")}.`);
  return asked[0] ?? "quick";
}

/** @throws UsageError where a deployment is asked for what only the embedded Worker has */
function targetOf(line: CommandLine): Pick<RunOptions, "url" | "peers" | "handicap"> {
  const [url, peers, handicap] = [line.value(flags.url), line.value(flags.peers), line.value(flags.handicap)];
  if (url !== undefined && peers) refuseWithUrl("peers", "the peers' Agents run in an embedded Worker, and are not at the deployment");
  if (url !== undefined && line.given.includes(flags.link)) refuseWithUrl("link", "the link is before the embedded Worker");
  if (url !== undefined && line.given.includes(flags.port)) refuseWithUrl("port", "it is the port of the embedded Worker");
  if (url !== undefined && handicap !== null)
    refuseWithUrl("handicap", "the proxy that adds the milliseconds stands before the embedded Worker");
  return { url, peers, handicap };
}

function refuseWithUrl(flag: string, why: string): never {
  throw new UsageError(`--${flag} and --url do not go together: ${why}. Leave one of them out.`);
}

/** A block has a minute. */
const MOST_HANDICAP_MS = 10_000;

function handicapOf(text: string): RunOptions["handicap"] {
  const match = /^(sse|ws)=(\d+(?:\.\d+)?)$/.exec(text);
  if (!match) throw new UsageError(`--handicap ${text}: give an arm and milliseconds, as in sse=2`);
  const ms = Number(match[2]);
  if (ms > MOST_HANDICAP_MS) throw new UsageError(`--handicap ${text}: give at most ${MOST_HANDICAP_MS} ms.`);
  return { arm: match[1] === "ws" ? "ws" : "sse", ms };
}
