import { parseArgs, type ParseArgsOptionsConfig } from "node:util";
import { messageOf, nearest, UsageError } from "./errors.ts";

/** A flag of a command: its name, and what is made of what was typed behind it. */
export interface Flag<Value> {
  readonly name: string;
  readonly type: "string" | "boolean";
  readonly short?: string;
  /** @param typed in order; empty where the flag was not given. @throws UsageError that says what the flag takes */
  readonly read: (typed: readonly string[]) => Value;
}

export interface CommandLine {
  /** What is no flag, in order. */
  readonly words: readonly string[];
  /** The flags that were typed, also with their default. */
  readonly given: readonly Flag<unknown>[];
  /** @throws UsageError that says what the flag takes */
  value<Value>(flag: Flag<Value>): Value;
}

/**
 * @param help how a person gets the command's help, as in `load --help`
 * @throws UsageError with the nearest flag that there is, for one that there is not
 */
export function readCommandLine(argv: readonly string[], flags: readonly Flag<unknown>[], help: string): CommandLine {
  const { values, positionals } = parse(argv, flags, help);
  return {
    words: positionals,
    given: flags.filter(({ name }) => values[name] !== undefined),
    value: ({ name, read }) => read([values[name] ?? []].flat().map(String)),
  };
}

function parse(argv: readonly string[], flags: readonly Flag<unknown>[], help: string): ReturnType<typeof parseArgs> {
  const options: ParseArgsOptionsConfig = Object.fromEntries(
    flags.map(({ name, type, short }) => [name, { type, multiple: true, ...(short === undefined ? {} : { short }) }]),
  );
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true });
  } catch (error) {
    const names = flags.map(({ name }) => name);
    const unknown = argv.find((arg) => arg.startsWith("--") && !names.includes(arg.slice(2).split("=")[0] ?? ""));
    if (unknown === undefined) throw new UsageError(`${messageOf(error).split(". ")[0]}. See ${help}.`, { cause: error });
    const meant = nearest(unknown.slice(2), names);
    throw new UsageError(`There is no option ${unknown}. ${meant === undefined ? `See ${help}.` : `Did you mean --${meant}?`}`, {
      cause: error,
    });
  }
}

/** A flag that is there or not. */
export function switchFlag(name: string, short?: string): Flag<boolean> {
  return { name, type: "boolean", read: (typed) => typed.length > 0, ...(short === undefined ? {} : { short }) };
}

export const helpFlag: Flag<boolean> = switchFlag("help", "h");

/** A flag that takes a text. Given twice, the last one counts. */
export function textFlag(name: string): Flag<string | undefined>;
export function textFlag(name: string, byDefault: string): Flag<string>;
export function textFlag(name: string, byDefault?: string): Flag<string | undefined> {
  return readFlag(name, (text) => text, byDefault);
}

/** A flag that takes a text, as often as it is given. */
export function textsFlag(name: string): Flag<readonly string[]> {
  return { name, type: "string", read: (typed) => typed };
}

/** Which numbers a flag takes, both ends included. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** A flag that takes a whole number. */
export function wholeFlag(name: string, range: Range): Flag<number | undefined>;
export function wholeFlag(name: string, range: Range, byDefault: number): Flag<number>;
export function wholeFlag(name: string, range: Range, byDefault?: number): Flag<number | undefined> {
  return readFlag(name, (text) => wholeNumber(name, text, range), byDefault);
}

/** A flag that takes several whole numbers, as in 5,10. */
export function wholesFlag(name: string, range: Range, byDefault: readonly number[]): Flag<readonly number[]> {
  return readFlag(name, (text) => text.split(",").map((one) => wholeNumber(name, one, range)), byDefault);
}

/** A flag that takes a number, also with a fraction. @param unit what may stand behind it, such as `s` */
export function decimalFlag(name: string, range: Range, byDefault: number, unit = ""): Flag<number> {
  return readFlag(name, (text) => decimal(name, text.endsWith(unit) ? text.slice(0, text.length - unit.length) : text, range), byDefault);
}

/** A flag that takes a deployment's URL. */
export function urlFlag(name: string): Flag<URL | undefined> {
  return readFlag<URL | undefined>(
    name,
    (text) => {
      const url = URL.canParse(text) ? new URL(text) : undefined;
      if (url !== undefined && ["http:", "https:"].includes(url.protocol)) return url;
      throw new UsageError(`--${name} ${text}: give an absolute URL, as in https://my-agent.example.workers.dev`);
    },
    undefined,
  );
}

/** A flag whose text is read by a function. @param read @throws UsageError that says what the flag takes */
export function readFlag<Value>(name: string, read: (text: string) => Value, byDefault: Value): Flag<Value> {
  return {
    name,
    type: "string",
    read(typed) {
      const text = typed.at(-1);
      return text === undefined ? byDefault : read(text);
    },
  };
}

function wholeNumber(name: string, text: string, { from, to }: Range): number {
  return numberOf(text, /^\d+$/, { from, to }) ?? refuse(name, text, `a whole number from ${from} to ${to}`);
}

/** Only as decimals are written: `Number` takes more, such as 0x10 and 1e3. */
function decimal(name: string, text: string, { from, to }: Range): number {
  return numberOf(text, /^\d+(\.\d+)?$/, { from, to }) ?? refuse(name, text, `a number from ${from} to ${to}`);
}

/** @returns `undefined` where the text is no such number */
function numberOf(text: string, written: RegExp, { from, to }: Range): number | undefined {
  const value = Number(text);
  return written.test(text) && value >= from && value <= to ? value : undefined;
}

function refuse(name: string, text: string, what: string): never {
  throw new UsageError(`--${name} ${text}: give ${what}.`);
}
