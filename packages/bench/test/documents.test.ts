/** The commands that documents show, and the examples in each help: read as they would be typed, and nothing is measured. */
import { globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { lineOf, main } from "../src/cli/main.ts";
import { parseOptions } from "../src/cli/options.ts";
import { parseSelector, select } from "../src/regression/select.ts";
import { emptyResult } from "../src/run/runner.ts";
import { scenarios } from "../src/scenarios/index.ts";

const root = join(import.meta.dirname, "../../..");
const DOCUMENTS = ["*.md", "docs/*.md", "packages/*/README.md", "packages/*/*/README.md", "reports/*/*.md"];

const OUT = ["--out", "/dev/null/x"];

/** What makes a command stop once it has read all else: a value that it takes last and refuses. The files of the others are nowhere. */
const stops: Readonly<Record<string, readonly string[]>> = {
  agents: OUT,
  clients: OUT,
  sockets: OUT,
  scale: OUT,
  compare: OUT,
  combine: OUT,
  cost: OUT,
  load: ["--max-runs", "0"],
  plan: ["--scale", "scale.json"],
  simulate: ["--seed", "0"],
  answer: [],
  raw: [],
  verdicts: [],
};
const STOPPED = /^(?:\/dev\/null\/x cannot be written|\/nowhere\/\S+ cannot be read|--(?:max-runs|seed) 0: give)/;

const isFile = (word: string): boolean => /\.json(?:\.gz)?$/.test(word);

/** As a shell does it. What stands for any scenario is one. */
function wordsOf(command: string): readonly string[] {
  return [...command.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)]
    .map(([, quoted, plain = ""]) => quoted?.replaceAll(/\\(.)/g, "$1") ?? plain)
    .map((word) => word.replace(/^<(?:name|scenario)>$/, "connect"));
}

/** What is wrong with `bench …` or `load …`; `undefined` where it would measure. @param command a name alone is no command line, and may lack files */
async function faultOf(command: string): Promise<string | undefined> {
  const [program, ...words] = wordsOf(command);
  const argv = program === "load" ? ["load", ...words] : words;
  const [name = "run"] = argv;
  const stop = stops[name];
  try {
    if (stop === undefined) {
      const options = await parseOptions(argv);
      return "argv" in options ? `This test does not know what stops ${name}.` : undefined;
    }
    const typed = name === "cost" && argv.includes("--usage") ? argv : [...argv, ...stop];
    for (const [at, word] of argv.entries()) if (word === "--metric") assertMeasured(argv[at + 1] ?? "");
    const code = await main(typed.map((word) => (isFile(word) ? `/nowhere/${word}` : word)));
    return argv.includes("--help") && code === 0 ? undefined : `Nothing stopped it, and it ended with ${code}.`;
  } catch (error) {
    const line = await lineOf(error);
    if (line === undefined) throw error;
    const isName = command.split(" ").length === 2 || command === "load merge";
    return STOPPED.test(line) || (isName && / needs (?:one|two|a|files)\b/.test(line)) ? undefined : line;
  }
}

/** @throws UsageError where no scenario measures it */
function assertMeasured(metric: string): void {
  select(
    scenarios.map((scenario) => emptyResult(scenario, null, "quick")),
    [parseSelector(metric)],
    0,
  );
}

interface Shown {
  readonly where: string;
  readonly command: string;
}

/** In lines of shell blocks and in code within sentences, without what stands behind it. */
function shownIn(where: string, text: string): readonly Shown[] {
  const found = text.matchAll(
    /`(?:AGENT_TOKEN=… )?(?:npx -y pnpm@12 )?((?:bench|load) [^`]+)`|^ *(?:AGENT_TOKEN=… )?npx -y pnpm@12 ((?:bench|load)\b.*)$/gm,
  );
  return [...found].map(([, inline, line]) => ({
    where,
    command: (inline ?? line ?? "")
      .replace(/\s+# .*$/, "")
      .replace(/ {3,}.*$/, "")
      .replaceAll(/\s+/g, " ")
      .trim(),
  }));
}

async function inDocuments(): Promise<readonly Shown[]> {
  const paths = globSync(DOCUMENTS, { cwd: root, exclude: ["**/node_modules/**", "**/CHANGELOG.md"] });
  const texts = await Promise.all(paths.map((path) => readFile(join(root, path), "utf8")));
  return paths.flatMap((path, at) => shownIn(path, texts[at] ?? ""));
}

/** What has been printed by now is forgotten. */
function printed(): string {
  const text = vi.mocked(console.log).mock.calls.join("\n");
  vi.mocked(console.log).mockClear();
  return text;
}

async function inHelp(): Promise<readonly Shown[]> {
  const found: Shown[] = [];
  for (const command of ["", ...Object.keys(stops)]) {
    expect(await main([...command.split(" ").filter(Boolean), "--help"])).toBe(0);
    const [, examples = ""] = printed().split(/^Examples?$/m);
    found.push(...shownIn(`bench ${command} --help`, examples));
  }
  return found;
}

beforeEach(() => {
  vi.spyOn(console, "log").mockImplementation(() => undefined);
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe("a command of bench or load", () => {
  it("that a document or a help shows is one that they take, with each scenario, test and option", async () => {
    const [documents, helps] = [await inDocuments(), await inHelp()];
    expect(new Set(documents.map(({ command }) => command)).size).toBeGreaterThan(80);
    expect(helps.length).toBeGreaterThan(10);
    const faults = await Promise.all(
      [...documents, ...helps].map(async ({ where, command }) => {
        const fault = await faultOf(command);
        return fault === undefined ? [] : [`${where}: ${command}: ${fault}`];
      }),
    );
    expect(faults.flat()).toEqual([]);
  });

  it.each([
    ["bench run tokn-latency --standard", /Did you mean token-latency\?/],
    ["bench run connect --standart", /Did you mean --standard\?/],
    ["bench agents pacd --rounds 3", /Did you mean paced\?/],
    ["bench agents recovery --megabyte 3", /Did you mean --megabytes\?/],
    ["bench clients events --rounds none", /--rounds none: give/],
    ["bench compare a.json b.json --metric token-latency/latenci/p99=20%", /latenci/],
    ["bench combin a.json b.json", /Did you mean combine\?/],
    ["bench combine a.json", /needs two files/],
    ["bench cost --usage usage.json --rate fast", /--rate fast: give/],
    ["bench simulate --several-run 10", /Did you mean --several-runs\?/],
    ["bench report a.json --trace b.csv", /report takes no --trace/],
    ["load spik --url https://my-agent.example.workers.dev", /Did you mean spike\?/],
    ["load merge results/0.json --scenari steady", /Did you mean --scenario\?/],
  ])("is found where it is wrong: %s", async (command, said) => {
    expect(await faultOf(command)).toMatch(said);
  });

  it("is found in blocks and in sentences", () => {
    const text = "Type `bench list`, or `npx -y pnpm@12 bench run\nconnect`:\n\n```sh\nnpx -y pnpm@12 load spike   # a peak\n```\n";
    expect(shownIn("x.md", text).map(({ command }) => command)).toEqual(["bench list", "bench run connect", "load spike"]);
  });
});
