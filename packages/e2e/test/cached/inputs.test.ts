/** A test that turbo has seen pass is not run again: what it passed by must be part of what turbo knows it by. */
import { globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readsOutside } from "./reads.ts";
import { planTests, root, type TestTask } from "./turbo.ts";

const plan = await planTests();

/** What the sources and tests of each package read outside it. */
async function readsByPackage(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  // `pnpm soak` takes nothing from a cache. What this test names, it does not read.
  const exclude = ["**/node_modules/**", "**/dist/**", "**/*.soak.test.ts", "packages/e2e/test/cached/**"];
  const sources = globSync(["packages/*/{src,test}/**/*.{ts,tsx}", "packages/*/vitest.config.ts"], { cwd: root, exclude });
  const reads = new Map([...plan.keys()].map((folder) => [folder, new Set<string>()]));
  for (const path of sources) {
    const found = reads.get(path.split("/").slice(0, 2).join("/"));
    for (const file of readsOutside(path, await readFile(join(root, path), "utf8"))) found?.add(file);
  }
  return reads;
}

/** The variable in the path that it is found by is a client's name. */
const NOT_READ = "packages/chaos/src/options.ts";

it("each file outside its package that a test reads is an input of turbo's", async () => {
  const reads = await readsByPackage();
  const of = (name: string): readonly string[] => [...(reads.get(`packages/${name}`) ?? [])];
  expect(of("bench")).toEqual(
    expect.arrayContaining([
      "docs/scale.svg",
      "docs/scenarios.md",
      "reports/cost/usage.json",
      "reports/network-2/results.json.gz",
      "reports/scale/scale.json",
      "scripts/fuzz-seed.mjs",
    ]),
  );
  expect(of("chaos")).toContain("RELIABILITY.md");
  expect(of("agent-worker")).toContain("pnpm-workspace.yaml");
  expect(of("e2e")).toEqual(
    expect.arrayContaining(["PROTOCOL.md", "packages/bench/README.md", "packages/chaos/bin/chaos.js", "scripts/pack-clients.mjs"]),
  );
  const missing = [...reads].flatMap(([folder, files]) =>
    [...files].filter((file) => plan.get(folder)?.files.has(file) === false && file !== NOT_READ).map((file) => `${folder}: ${file}`),
  );
  expect(missing).toEqual([]);
});

it("what the page replays is an input of the test that compares it with its run", async () => {
  const data = await readFile(join(root, "packages/playground/src/replay/data.json"), "utf8");
  const { source }: { source: string } = JSON.parse(data);
  expect([...(plan.get("packages/playground")?.files ?? [])]).toContain(source);
});

it("another seed, and another number of tries, is another run of every package's tests", async () => {
  const hashes = (tasks: ReadonlyMap<string, TestTask>): string[] => [...tasks.values()].map(({ hash }) => hash);
  const [seed, runs] = await Promise.all([planTests({ FUZZ_SEED: "2" }), planTests({ FUZZ_RUNS: "20000" })]);
  expect(hashes(plan).length).toBeGreaterThan(10);
  for (const other of [seed, runs]) {
    expect([...other.keys()]).toEqual([...plan.keys()]);
    expect(hashes(plan).filter((hash) => hashes(other).includes(hash))).toEqual([]);
  }
});

const TEST = "packages/thing/test/a.test.ts";

it.each([
  ["from the source itself", 'join(import.meta.dirname, "../../../docs/cost.md")', ["docs/cost.md"]],
  [
    "from a folder that has a name",
    'const root = join(import.meta.dirname, "../../..");\nread(join(root, "docs/cost.md"))',
    ["docs/cost.md"],
  ],
  ["through a function", 'const read = (file) => new URL(`../../../${file}`, import.meta.url);\nread("docs/cost.md")', ["docs/cost.md"]],
  [
    "from the package's own folder",
    'const own = join(import.meta.dirname, "..");\njoin(own, "..", "..", "docs/cost.md")',
    ["docs/cost.md"],
  ],
  [
    "from a URL that has a name",
    'const root = new URL("../../../", import.meta.url);\nread(new URL(`docs/${name}`, root), "cost.md")',
    ["docs/cost.md"],
  ],
  ["with a variable", 'join(import.meta.dirname, "../../../reports", name, "scale.json")', ["reports/scale/scale.json"]],
])("a file is found that is read %s", (_how, text, files) => {
  expect(readsOutside(TEST, text)).toEqual(files);
});

it.each([
  ["its package's own", 'join(import.meta.dirname, "../README.md")'],
  ["only compared with", 'const root = join(import.meta.dirname, "../../..");\nif (path !== "README.md") read(path)'],
  ["one of many sources", 'const root = join(import.meta.dirname, "../../..");\nglobSync("packages/**/*.ts", { cwd: root })'],
])("no file is found that is %s", (_what, text) => {
  expect(readsOutside(TEST, text)).toEqual([]);
});
