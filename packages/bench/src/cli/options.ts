import { DEFAULT_MAX_RUNS, DEFAULT_RUNS_PER_SECOND, type DeploymentLimits } from "../run/budget.ts";
import { BENCH } from "../usage/command-name.ts";
import { nearest, UsageError } from "../usage/errors.ts";
import { decimal, parseFlags, urlOf, wholeNumber } from "../usage/flags.ts";
import { scenarioNames } from "../scenarios/index.ts";
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
const ownFlags = ["load", "agents", "clients", "compare", "verdicts", "raw", "simulate"] as const;
type OwnFlags = (typeof ownFlags)[number];

const flags = {
  quick: { type: "boolean" },
  standard: { type: "boolean" },
  full: { type: "boolean" },
  seed: { type: "string" },
  out: { type: "string" },
  trace: { type: "string" },
  url: { type: "string" },
  handicap: { type: "string" },
  port: { type: "string" },
  peers: { type: "boolean" },
  yes: { type: "boolean", short: "y" },
  "max-runs": { type: "string" },
  "max-rate": { type: "string" },
  anyway: { type: "boolean" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

const commands = ["run", "resume", "list", "report", ...ownFlags, "help"];

/** @throws UsageError */
export function parseOptions(argv: readonly string[]): Options {
  const own = ownFlags.find((name) => name === argv[0]);
  if (own !== undefined) return { command: own, argv: argv.slice(1) };
  const { values, positionals } = parseFlags(argv, flags, "--help");
  const [first = "run", ...rest] = positionals;
  if (values.help === true || first === "help") return { command: "help" };
  switch (first) {
    case "list":
      if (rest.length > 0) throw new UsageError(`list takes no ${rest.join(" ")}: it lists all scenarios.`);
      return { command: "list", json: values.json ?? false };
    case "report":
      return { command: "report", file: oneFile("report", rest), out: values.out, json: values.json ?? false };
    case "resume":
      return {
        command: "resume",
        file: oneFile("resume", rest),
        trace: values.trace,
        port: portOf(values.port),
        anyway: values.anyway ?? false,
        json: values.json ?? false,
        ...limitsOf(values),
      };
    case "run":
      return {
        command: "run",
        scenarios: scenariosOf(rest),
        depth: depthOf(values),
        seed: wholeNumber("seed", values.seed ?? String(Date.now() % 2 ** 31), 0, 2 ** 31 - 1),
        out: values.out ?? "bench-results",
        trace: values.trace,
        url: values.url === undefined ? undefined : urlOf(values.url),
        handicap: handicapOf(values.handicap),
        port: portOf(values.port),
        peers: peersOf(values),
        json: values.json ?? false,
        ...limitsOf(values),
      };
    default: {
      const known = [...commands, ...scenarioNames];
      const meant = nearest(first, known);
      const advice = scenarioNames.includes(first)
        ? `Did you mean: run ${first}?`
        : meant === undefined
          ? `There are ${commands.join(", ")}.`
          : `Did you mean ${meant}?`;
      throw new UsageError(`There is no command ${first}. ${advice}`);
    }
  }
}

function oneFile(command: string, words: readonly string[]): string {
  const [file, ...more] = words;
  if (file === undefined || more.length > 0)
    throw new UsageError(`${command} needs one file: ${BENCH} ${command} bench-results/results.json`);
  return file;
}

function portOf(text: string | undefined): number {
  return wholeNumber("port", text ?? "0", 0, 65_535);
}

function limitsOf(values: { readonly yes?: boolean; readonly "max-runs"?: string; readonly "max-rate"?: string }): DeploymentLimits {
  return {
    yes: values.yes ?? false,
    maxRuns: wholeNumber("max-runs", values["max-runs"] ?? String(DEFAULT_MAX_RUNS), 1, 1_000_000),
    // Slower, and Node's timers would overflow.
    runsPerSecond: decimal("max-rate", values["max-rate"] ?? String(DEFAULT_RUNS_PER_SECOND), 0.001, 1_000),
  };
}

function scenariosOf(names: readonly string[]): readonly string[] {
  for (const name of names) {
    if (scenarioNames.includes(name)) continue;
    const meant = nearest(name, scenarioNames);
    throw new UsageError(
      `There is no scenario ${name}. ${meant === undefined ? `There are ${scenarioNames.join(", ")}.` : `Did you mean ${meant}?`}`,
    );
  }
  return names.length === 0 ? scenarioNames : [...new Set(names)];
}

function depthOf(values: { quick?: boolean; standard?: boolean; full?: boolean }): Depth {
  const asked = (["quick", "standard", "full"] as const).filter((depth) => values[depth] === true);
  if (asked.length > 1) throw new UsageError(`Choose one depth: --${asked.join(" or --")}.`);
  return asked[0] ?? "quick";
}

function peersOf({ peers = false, url }: { readonly peers?: boolean; readonly url?: string }): boolean {
  if (peers && url !== undefined)
    throw new UsageError(
      "--peers and --url do not go together: the peers' Agents are a Worker that is embedded, and not at the deployment.",
    );
  return peers;
}

/** A block has a minute. */
const MOST_HANDICAP_MS = 10_000;

function handicapOf(text: string | undefined): RunOptions["handicap"] {
  if (text === undefined) return null;
  const match = /^(sse|ws)=(\d+(?:\.\d+)?)$/.exec(text);
  if (!match) throw new UsageError(`--handicap ${text}: give an arm and milliseconds, as in sse=2`);
  const ms = Number(match[2]);
  if (ms > MOST_HANDICAP_MS) throw new UsageError(`--handicap ${text}: give at most ${MOST_HANDICAP_MS} ms.`);
  return { arm: match[1] === "ws" ? "ws" : "sse", ms };
}
