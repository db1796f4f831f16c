import { parseArgs, type ParseArgsOptionsConfig } from "node:util";
import { messageOf, nearest, UsageError } from "./errors.ts";

type Parsed<Flags extends ParseArgsOptionsConfig> = ReturnType<typeof parseArgs<{ options: Flags; allowPositionals: true }>>;

/** A command's flags and words. @throws UsageError with the nearest flag that there is, for one that there is not */
export function parseFlags<Flags extends ParseArgsOptionsConfig>(
  argv: readonly string[],
  options: Flags,
  help: string,
): Pick<Parsed<Flags>, "values" | "positionals"> {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true });
  } catch (error) {
    const unknown = argv.find((arg) => arg.startsWith("--") && !Object.keys(options).includes(arg.slice(2).split("=")[0] ?? ""));
    if (unknown === undefined) throw new UsageError(`${messageOf(error).split(". ")[0]}. See ${help}.`, { cause: error });
    const meant = nearest(unknown.slice(2), Object.keys(options));
    throw new UsageError(`There is no option ${unknown}. ${meant === undefined ? `See ${help}.` : `Did you mean --${meant}?`}`, {
      cause: error,
    });
  }
}

/** A flag's whole number. @throws UsageError that says which numbers it takes */
export function wholeNumber(name: string, text: string, low: number, high: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < low || value > high) {
    throw new UsageError(`--${name} ${text}: give a whole number from ${low} to ${high}.`);
  }
  return value;
}

/** A flag's number, also with a fraction; only as decimals are written. @throws UsageError that says which numbers it takes */
export function decimal(name: string, text: string, low: number, high: number): number {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value < low || value > high)
    throw new UsageError(`--${name} ${text}: give a number from ${low} to ${high}.`);
  return value;
}

/** A deployment's URL. @throws UsageError */
export function urlOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !["http:", "https:"].includes(url.protocol)) {
    throw new UsageError(`--url ${text}: give an absolute URL, as in https://my-agent.example.workers.dev`);
  }
  return url;
}
