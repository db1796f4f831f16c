import { join } from "node:path";
import { readEnvironment } from "../run/environment.ts";
import { nearest, UsageError } from "../usage/errors.ts";
import { helpFlag, readCommandLine, switchFlag, textFlag, wholeFlag, type Flag } from "../usage/flags.ts";
import { takeInterrupts } from "../run/interrupt.ts";
import { seededRandom } from "../stats/index.ts";
import { prepare, writeWhole } from "../results/store.ts";
import type { FigureTable } from "./figures.ts";
import type { MeasuredTest, SampleKey } from "./measured-test.ts";
import { markdownTables, terminalTables } from "./print.ts";
import { measureRounds } from "./rounds.ts";

/** A command that measures ours beside its peers, round by round: `bench <command> [test …] [options]`. */
export interface RoundsCommand<Bench, Measured, Number extends string> {
  readonly command: string;
  /** The first lines of its help. */
  readonly about: string;
  readonly tests: readonly MeasuredTest<Bench, Measured>[];
  /** Its own options: whole numbers above 0. */
  readonly numbers: Readonly<Record<Number, { readonly default: number; readonly help: string }>>;
  /** Whether it measures in processes of its own, which can leave CPU profiles. */
  readonly profiles?: boolean;
  /** Whose versions stand below a table in Markdown. */
  readonly packages: readonly string[];
  /** What the tests are measured with. */
  open(given: Given<Number>): Promise<{ readonly bench: Bench; close(): Promise<void> }>;
  tables(samples: readonly (SampleKey & Measured)[]): readonly FigureTable[];
  /** What no measurement may have: it is told behind the tables, and the command fails. */
  fault?(samples: readonly (SampleKey & Measured)[]): string | undefined;
}

export interface Given<Number extends string> {
  readonly numbers: Readonly<Record<Number, number>>;
  readonly random: () => number;
  /** The folder for CPU profiles; `undefined` where none are asked for. */
  readonly profileTo: string | undefined;
}

const DEFAULT_SEED = 1;

const common = {
  rounds: wholeFlag("rounds", { from: 1, to: 1_000 }, 3),
  seed: wholeFlag("seed", { from: 1, to: 2 ** 31 - 1 }, DEFAULT_SEED),
  out: textFlag("out", "bench-results"),
  markdown: switchFlag("markdown"),
  json: switchFlag("json"),
  profile: switchFlag("profile"),
};

/** @returns the exit code */
export async function runRounds<Bench, Measured, Number extends string>(
  definition: RoundsCommand<Bench, Measured, Number>,
  argv: readonly string[],
): Promise<number> {
  const names = numberNames(definition);
  const own = recordOf(names, (name) => wholeFlag(name, { from: 1, to: 1_000_000_000 }, definition.numbers[name].default));
  const flags: readonly Flag<unknown>[] = [...names.map((name) => own[name]), ...Object.values(common), helpFlag];
  const line = readCommandLine(argv, flags, `${definition.command} --help`);
  if (line.value(helpFlag)) {
    console.log(helpOf(definition, names));
    return 0;
  }
  const tests = chosen(definition.tests, line.words);
  const rounds = line.value(common.rounds);
  const seed = line.value(common.seed);
  const numbers = recordOf(names, (name) => line.value(own[name]));
  const [out, markdown, json, profile] = [
    line.value(common.out),
    line.value(common.markdown),
    line.value(common.json),
    line.value(common.profile),
  ];
  if (markdown && json) throw new UsageError("Choose one form: --markdown or --json.");
  if (profile && definition.profiles !== true) throw new UsageError(`${definition.command} makes no profiles.`);
  await prepare(out);
  const file = join(out, `${definition.command}.json`);
  const random = seededRandom(seed);
  const environment = await readEnvironment();
  const startedAt = new Date().toISOString();
  const samples: (SampleKey & Measured)[] = [];
  const opened = await definition.open({ numbers, random, profileTo: profile ? out : undefined });
  using interrupt = takeInterrupts();
  try {
    await measureRounds({
      tests,
      rounds,
      random,
      bench: opened.bench,
      signal: interrupt.signal,
      onRound: (title, round, of) => void process.stderr.write(`${title}: round ${round + 1} of ${of}\n`),
      async onSample(sample) {
        samples.push(sample);
        await writeWhole(file, JSON.stringify({ startedAt, environment, seed, samples }, null, 1));
      },
    });
  } finally {
    await opened.close();
  }
  if (json) console.log(JSON.stringify(samples));
  else if (markdown) {
    const changed = names.filter((name) => numbers[name] !== definition.numbers[name].default);
    const options = [
      ` --rounds ${rounds}`,
      ...(seed === DEFAULT_SEED ? [] : [` --seed ${seed}`]),
      ...changed.map((name) => ` --${name} ${numbers[name]}`),
    ].join("");
    console.log(markdownTables(definition.command, definition.packages, definition.tables(samples), { startedAt, environment, options }));
  } else console.log(terminalTables(definition.tables(samples)));
  const fault = definition.fault?.(samples);
  if (fault !== undefined) console.error(fault);
  return interrupt.signal.aborted ? 130 : fault === undefined ? 0 : 1;
}

/** By its id, or by the first word of several: `back` is `back-reset`, `back-close` and so on. */
function chosen<Test extends { readonly id: string }>(tests: readonly Test[], words: readonly string[]): readonly Test[] {
  const is = (test: Test, word: string): boolean => test.id === word || test.id.startsWith(`${word}-`);
  for (const word of words) {
    const ids = tests.map(({ id }) => id);
    if (!tests.some((test) => is(test, word))) {
      throw new UsageError(`There is no test ${word}. Did you mean ${nearest(word, ids) ?? ids.join(", ")}?`);
    }
  }
  // An exact id means this one alone: `stalled` is a test of its own beside `stalled-replay`.
  const wanted = (test: Test): boolean => words.some((word) => (tests.some(({ id }) => id === word) ? test.id === word : is(test, word)));
  return words.length === 0 ? tests : tests.filter(wanted);
}

function helpOf<Bench, Measured, Number extends string>(
  { about, tests, numbers, command, profiles }: RoundsCommand<Bench, Measured, Number>,
  names: readonly Number[],
): string {
  const options = [
    ["--rounds N", "each arm of each test so often, in an order drawn anew for each round (default 3)"],
    ["--seed N", "that order again"],
    ["--out DIR", `where ${command}.json goes (default bench-results)`],
    ...names.map((name) => [`--${name} N`, `${numbers[name].help} (default ${numbers[name].default})`]),
    ["--markdown", "the tables in Markdown, each with its command and where it was run"],
    ["--json", "the samples as JSON on standard output"],
    ...(profiles === true ? [["--profile", "a CPU profile of each process, in the same folder"]] : []),
  ];
  const width = Math.max(...tests.map(({ id }) => id.length));
  return `${about}

${options.map(([option = "", meaning]) => `  ${option.padEnd(15)}${meaning}`).join("\n")}

Tests
${tests.map(({ id, title }) => `  ${id.padEnd(width)}  ${title}`).join("\n")}`;
}

function numberNames<Bench, Measured, Number extends string>({ numbers }: RoundsCommand<Bench, Measured, Number>): readonly Number[] {
  const isName = (name: string): name is Number => name in numbers;
  return Object.keys(numbers).filter(isName);
}

function recordOf<Key extends string, Value>(keys: readonly Key[], valueOf: (key: Key) => Value): Record<Key, Value> {
  const record: Partial<Record<Key, Value>> = {};
  for (const key of keys) record[key] = valueOf(key);
  const complete = (one: Partial<Record<Key, Value>>): one is Record<Key, Value> => keys.every((key) => key in one);
  if (!complete(record)) throw new Error("A key has no value.");
  return record;
}
