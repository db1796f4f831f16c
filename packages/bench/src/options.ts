import { parseArgs } from "node:util";
import { nearest, UsageError } from "./errors.ts";
import { scenarioNames } from "./scenarios/index.ts";
import type { Depth } from "./scenarios/types.ts";

export interface RunOptions {
  readonly command: "run";
  readonly scenarios: readonly string[];
  readonly depth: Depth;
  readonly seed: number;
  readonly out: string;
  readonly trace: string | undefined;
  readonly url: URL | undefined;
  readonly handicap: { readonly arm: "sse" | "ws"; readonly ms: number } | null;
  readonly port: number;
  readonly json: boolean;
}

export interface ReportOptions {
  readonly command: "report";
  readonly file: string;
  /** Where the report goes; beside the file if `undefined`. */
  readonly out: string | undefined;
  readonly json: boolean;
}

export type Options =
  | RunOptions
  | ReportOptions
  | { readonly command: "list"; readonly json: boolean }
  | { readonly command: "help" }
  | { readonly command: "load" | "agents" | "simulate"; readonly argv: readonly string[] };

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
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

const commands = ["run", "list", "report", "load", "agents", "simulate", "help"];

/** @throws UsageError */
export function parseOptions(argv: readonly string[]): Options {
  if (argv[0] === "load" || argv[0] === "agents" || argv[0] === "simulate") return { command: argv[0], argv: argv.slice(1) };
  const { values, positionals } = parse(argv);
  const [first = "run", ...rest] = positionals;
  if (values.help === true || first === "help") return { command: "help" };
  switch (first) {
    case "list":
      return { command: "list", json: values.json ?? false };
    case "report": {
      const [file, ...more] = rest;
      if (file === undefined || more.length > 0)
        throw new UsageError("report needs one file: transport-bench report bench-results/results.json");
      return { command: "report", file, out: values.out, json: values.json ?? false };
    }
    case "run":
      return {
        command: "run",
        scenarios: scenariosOf(rest),
        depth: depthOf(values),
        seed: whole("seed", values.seed, Date.now() % 2 ** 31, 0, 2 ** 31 - 1),
        out: values.out ?? "bench-results",
        trace: values.trace,
        url: urlOf(values.url),
        handicap: handicapOf(values.handicap),
        port: whole("port", values.port, 0, 0, 65_535),
        json: values.json ?? false,
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

function parse(argv: readonly string[]): ReturnType<typeof parseArgs<{ options: typeof flags; allowPositionals: true }>> {
  try {
    return parseArgs({ args: [...argv], options: flags, allowPositionals: true });
  } catch (error) {
    const unknown = argv.find((arg) => arg.startsWith("--") && !Object.keys(flags).includes(arg.slice(2).split("=")[0] ?? ""));
    if (unknown !== undefined) {
      const meant = nearest(unknown.slice(2), Object.keys(flags));
      throw new UsageError(`There is no option ${unknown}. ${meant === undefined ? "See --help." : `Did you mean --${meant}?`}`, {
        cause: error,
      });
    }
    throw new UsageError(`${error instanceof Error ? error.message.split(". ")[0] : String(error)}. See --help.`, { cause: error });
  }
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

function whole(name: string, text: string | undefined, fallback: number, low: number, high: number): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < low || value > high)
    throw new UsageError(`--${name} ${text}: give a whole number from ${low} to ${high}.`);
  return value;
}

function urlOf(text: string | undefined): URL | undefined {
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !["http:", "https:"].includes(url.protocol)) {
    throw new UsageError(`--url ${text}: give an absolute URL, as in https://my-agent.example.workers.dev`);
  }
  return url;
}

function handicapOf(text: string | undefined): RunOptions["handicap"] {
  if (text === undefined) return null;
  const match = /^(sse|ws)=(\d+(?:\.\d+)?)$/.exec(text);
  if (!match) throw new UsageError(`--handicap ${text}: give an arm and milliseconds, as in sse=2`);
  return { arm: match[1] === "ws" ? "ws" : "sse", ms: Number(match[2]) };
}
