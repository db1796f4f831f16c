import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { startWorker } from "@agent-transports/lab/worker-host";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { planScenario } from "../src/run/plan-scenario.ts";
import { runComparisonSchema } from "../src/regression/schema.ts";
import { reportSchema } from "../src/report/schema.ts";
import type { Results } from "../src/results/schema.ts";
import { scenarios } from "../src/scenarios/index.ts";
import { loadResults, saveResults } from "../src/results/store.ts";
import { cli, start, type Started } from "./cli.ts";
import { mapScenario } from "./fixtures/map.ts";
import { makeResults } from "./fixtures/results.ts";
import { networkScenarios } from "./fixtures/sessions.ts";

let out: string;
beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), "bench-cli-"));
});
afterAll(() => rm(out, { recursive: true, force: true }));

const blocksOf = (results: Results | undefined): number => results?.scenarios.flatMap(({ blocks }) => blocks).length ?? 0;

/** Resolves once the results hold so many blocks. What the command line said is in the error where they never do. */
async function untilMeasured(bench: Started, file: string, count: number): Promise<void> {
  const ended = bench.ended.then(() => true);
  const until = performance.now() + 200_000;
  while (performance.now() < until) {
    if (blocksOf(await loadResults(file).catch(() => undefined)) >= count) return;
    if (await Promise.race([ended, pause(20, false)])) break;
  }
  throw new Error(`${count} blocks were not measured. The command line said: ${JSON.stringify(bench.said)}`);
}

describe("a run that is cut off", () => {
  it("keeps every finished block and writes the report; resume ends it with every planned block exactly once", async () => {
    const dir = join(out, "cut");
    const file = join(dir, "results.json");
    const bench = start("run", "uplink", "--seed", "11", "--out", dir);
    await untilMeasured(bench, file, 10);
    bench.interrupt();
    const cut = await bench.ended;
    expect(cut.code).toBe(130);
    expect(cut.stderr).toContain(`npx -y pnpm@12 bench resume ${file}`);
    const kept = await loadResults(file);
    expect(kept.status).toBe("interrupted");
    expect(await readFile(join(dir, "report.html"), "utf8")).toContain("This run is interrupted");
    // Not asked for, and said to be so.
    expect(kept.scenarios.find(({ name }) => name === "connect")?.notRun).toMatch(/not asked for/);

    const moved = join(out, "moved");
    await saveResults(await mkdirOf(moved), { ...kept, environment: { ...kept.environment, commit: "0".repeat(40) } });
    const refused = await cli("resume", join(moved, "results.json"));
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringMatching(/Another program began this run: commit was .*--anyway/)]);

    const resumed = await cli("resume", file);
    expect([resumed.code, resumed.stderr]).toEqual([0, expect.stringContaining("blocks are left")]);
    const whole = await loadResults(file);
    expect(whole.status).toBe("complete");
    const uplink = scenarios.find(({ name }) => name === "uplink")!;
    const key = (condition: string, arm: string, pair: number, position: number): string => [condition, arm, pair, position].join(" ");
    const planned = planScenario(uplink, { depth: "quick", seed: 11, isRemote: false });
    const measured = whole.scenarios.find(({ name }) => name === "uplink")?.blocks ?? [];
    expect(measured.map((block) => key(block.condition, block.arm, block.pair, block.position))).toEqual(
      planned.map((block) => key(block.setting.id, block.arm, block.pair, block.position)),
    );
    // What was kept is what was measured then, whole groups of it; the clock goes on.
    const { remeasured } = whole.resumed?.[0] ?? { remeasured: Number.NaN };
    expect(measured.slice(0, blocksOf(kept) - remeasured)).toEqual(
      kept.scenarios.find(({ name }) => name === "uplink")?.blocks.slice(0, blocksOf(kept) - remeasured),
    );
    expect(measured.every((block, index) => index === 0 || block.startedAtMs > (measured[index - 1]?.startedAtMs ?? 0))).toBe(true);
    expect(measured.filter(({ error }) => error !== undefined)).toEqual([]);

    const again = await cli("resume", file, "--anyway");
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining("This run is complete")]);
  }, 300_000);
});

async function mkdirOf(dir: string): Promise<string> {
  await rm(dir, { recursive: true, force: true });
  await mkdir(dir, { recursive: true });
  return dir;
}

describe("at a deployment", () => {
  it("nothing is started before somebody agrees to the budget, and nothing above it", async () => {
    let asked = 0;
    const host = await startWorker({ vars: { SCRIPTED_TOKENS_PER_SECOND: "200" }, log: () => (asked += 1) });
    try {
      const args = ["run", "uplink", "--url", host.url.href, "--seed", "3", "--out", join(out, "remote")];
      const silent = await cli(...args);
      expect(silent.code).toBe(2);
      expect(silent.stderr).toMatch(/About 42 runs are started at http.*at most 1 a second.*some 2,100 output tokens/);
      expect(silent.stderr).toContain("--yes");
      const tooMany = await cli(...args, "--yes", "--max-runs", "10");
      expect([tooMany.code, tooMany.stderr]).toEqual([2, expect.stringContaining("42 runs are more than 10")]);
      expect(asked).toBe(0);
    } finally {
      await host.dispose();
    }
  }, 300_000);

  it("runs are started no faster than the cap, and its figures are those of one clock", async () => {
    const host = await startWorker({ vars: { SCRIPTED_TOKENS_PER_SECOND: "200" } });
    try {
      const dir = join(out, "paced");
      const bench = start("run", "uplink", "--url", host.url.href, "--seed", "3", "--out", dir, "--yes", "--max-rate", "0.8");
      const file = join(dir, "results.json");
      await untilMeasured(bench, file, 4);
      bench.interrupt();
      expect((await bench.ended).code).toBe(130);
      const blocks = (await loadResults(file)).scenarios.flatMap(({ blocks }) => blocks);
      // On the whole: a block that begins late is nearer to the next.
      const gap = (blocks.at(-1)!.startedAtMs - blocks[0]!.startedAtMs) / (blocks.length - 1);
      expect(gap).toBeGreaterThan(1_200);
      // Bytes are counted by the proxy, which is not there.
      expect(blocks.flatMap(({ samples }) => samples["bytes"] ?? [])).toEqual([]);
      expect(await readFile(join(dir, "report.html"), "utf8")).toContain("Measured against a deployment.");
      const json = await cli("report", file, "--json");
      expect(reportSchema.parse(JSON.parse(json.stdout)).target).toBe(host.url.href);
    } finally {
      await host.dispose();
    }
  }, 300_000);
});

describe("the other commands", () => {
  /** Enough for every command to have something to say, and few enough that a bootstrap of them is quick. */
  const small = { groups: 3, size: 0.1 };
  const save = async (name: string, results: Results): Promise<string> => {
    await saveResults(await mkdirOf(join(out, name)), results);
    return join(out, name, "results.json");
  };
  const slower = (results: Results): Results => ({
    ...results,
    scenarios: results.scenarios.map((scenario) => ({
      ...scenario,
      blocks: scenario.blocks.map((block) => ({
        ...block,
        samples: Object.fromEntries(Object.entries(block.samples).map(([id, all]) => [id, all.map((value) => value * 2)])),
      })),
    })),
  });

  it("compare says by its exit code whether something became worse, and refuses what cannot be compared", async () => {
    const before = await save("before", makeResults({ ...small, groups: 5 }));
    const after = await save("after", slower(makeResults({ ...small, groups: 5, seed: 5 })));
    expect((await cli("compare", before, before)).code).toBe(0);
    const worse = await cli("compare", before, after, "--metric", "uplink", "--json");
    expect(worse.code).toBe(1);
    expect(runComparisonSchema.parse(JSON.parse(worse.stdout)).figures.some(({ outcome }) => outcome === "regression")).toBe(true);
    expect((await cli("compare", before, after, "--max-regression", "400%")).code).toBe(0);
    await writeFile(join(out, "other.json"), "{}");
    const refused = await cli("compare", before, join(out, "other.json"));
    expect([refused.code, refused.stdout]).toEqual([2, ""]);
    expect(refused.stderr).toMatch(/^bench: .*is not a results\.json[^\n]*\n$/);
  }, 300_000);

  it("raw prints the samples that a report's path leads to; report makes the page again, without colours off a terminal", async () => {
    const results = makeResults(small);
    const file = await save("raw", results);
    const path = "$.scenarios[?@.name=='connect'].blocks[?@.condition=='headers-0' && @.arm=='ws'].samples['firstEventMs']";
    const blocks = results.scenarios[0]?.blocks.filter(({ condition, arm }) => condition === "headers-0" && arm === "ws");
    expect(JSON.parse((await cli("raw", file, path)).stdout)).toEqual(blocks?.map(({ samples }) => samples["firstEventMs"]));
    expect((await cli("raw", file, "$.scenarios[?@.name=='none'].blocks")).code).toBe(2);
    const report = await cli("report", file, "--out", join(out, "again"));
    expect([report.code, report.stdout.includes("\u001B")]).toEqual([0, false]);
    expect(await readFile(join(out, "again", "report.html"), "utf8")).toContain('href="../raw/results.json"');
  }, 300_000);

  it("verdicts writes what a document has marks for, and tells one that says something else", async () => {
    const file = await save("verdicts", makeResults(small));
    const another = { ...makeResults(small), startedAt: "2026-01-16T09:30:00.000Z", scenarios: networkScenarios() };
    const network = await save("network", another);
    const readme = join(out, "README.md");
    await writeFile(readme, "a\n<!-- verdicts:begin -->\nold\n<!-- verdicts:end -->\nb\n<!-- network:begin -->\n<!-- network:end -->\n");
    expect((await cli("verdicts", file, network, "--check", readme)).code).toBe(1);
    expect((await cli("verdicts", file, network, "--write", readme)).code).toBe(0);
    expect((await cli("verdicts", file, network, "--check", readme)).code).toBe(0);
    // The same figures, of other files than it names.
    expect((await cli("verdicts", network, file, "--check", readme)).code).toBe(1);
    expect(await readFile(readme, "utf8")).toMatch(
      /<!-- verdicts:begin verdicts\/results\.json network\/results\.json -->\n\| your application .*[^]*\| \*\*Voice\*\* \| \*\*WebSocket\*\* /,
    );
    const written = await readFile(readme, "utf8");
    expect(written).toMatch(
      /b\n<!-- network:begin verdicts\/results\.json network\/results\.json -->\n\| \| runs \| [^]*\| first token p50, page just loaded from the Agent, 100 ms RTT \| 1 \(a\) \| /,
    );
    await writeFile(readme, written.replace("| 1 (a) |", "| 2 (a, b) |"));
    expect((await cli("verdicts", file, network, "--check", readme)).code).toBe(1);
    await writeFile(readme, written);
    const unmeasured = await cli("verdicts", file, "--write", readme);
    expect([unmeasured.code, unmeasured.stderr]).toEqual([2, expect.stringContaining("bench run distance stalls outage --standard")]);
    expect(await readFile(readme, "utf8")).toBe(written);
    const table = join(out, "verdicts", "README.md");
    await writeFile(table, "# Figures\n<!-- figures:begin -->\n<!-- figures:end -->\n<!-- answer:begin -->\n<!-- answer:end -->\n");
    const { code, stderr } = await cli("verdicts", file, network, "--check", readme, "--check", table);
    expect([code, stderr]).toEqual([1, expect.stringMatching(`^${table} does not say .* --write ${readme} --write ${table}\n$`)]);
    expect((await cli("verdicts", file, network, "--write", readme, "--write", table)).code).toBe(0);
    expect((await cli("verdicts", file, network, "--check", readme, "--check", table)).code).toBe(0);
    expect(await readFile(table, "utf8")).toMatch(
      /<!-- figures:begin results\.json \.\.\/network\/results\.json -->\n## The figures that decide[^]*<!-- answer:begin results\.json \.\.\/network\/results\.json -->\n\| your application \| take \| which is faster \| /,
    );
    await writeFile(table, "# No marks\n");
    const unmarked = await cli("verdicts", file, "--write", readme, "--write", table);
    expect([unmarked.code, unmarked.stderr]).toEqual([2, expect.stringContaining(`${table} has no marks to write between`)]);
    expect((await cli("verdicts", file, "--write", readme, "--check", table)).code).toBe(2);
    expect((await cli("verdicts", file, file, "--check", readme)).stderr).toContain("give each run once");
  }, 300_000);

  it("verdicts draws the map into a file, tells one that shows another, and refuses where no file has one", async () => {
    const file = await save("mapped", { ...makeResults(small), scenarios: [mapScenario(() => 20)] });
    const readme = join(out, "mapped", "README.md");
    await writeFile(readme, "<!-- verdicts:begin -->\n<!-- verdicts:end -->\n");
    const picture = join(out, "mapped", "map.svg");
    expect((await cli("verdicts", file, "--write", readme, "--map", picture)).code).toBe(0);
    expect(await readFile(picture, "utf8")).toMatch(/^<svg [^]*<\/svg>\n$/);
    expect((await cli("verdicts", file, "--check", readme, "--map", picture)).code).toBe(0);
    expect((await cli("verdicts", file, "--write", readme, "--map", readme)).stderr).toContain("give the picture a file of its own");
    await writeFile(picture, "<svg></svg>");
    const { code, stderr } = await cli("verdicts", file, "--check", readme, "--map", picture);
    expect([code, stderr]).toEqual([1, expect.stringMatching(`^${picture} does not show the map of .* --map ${picture}\n$`)]);
    const without = await save("unmapped", makeResults(small));
    const refused = await cli("verdicts", without, "--write", readme, "--map", picture);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("bench run map --standard")]);
    expect(await readFile(picture, "utf8")).toBe("<svg></svg>");
  }, 300_000);

  it("combine puts runs together, prints them as Markdown and writes the same into a file", async () => {
    const files: string[] = [];
    for (const seed of [1, 2, 3]) {
      const results = { ...makeResults({ ...small, seed }), startedAt: `2026-01-1${seed}T09:30:00.000Z` };
      files.push(await save(`day-${seed}`, results));
    }
    const together = join(out, "combined.md");
    const { code, stdout, stderr } = await cli("combine", ...files, "--out", together);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^\| .*\| 3 \|/m);
    expect(await readFile(together, "utf8")).toBe(stdout);
    const json = await cli("combine", ...files, "--json");
    const { figures }: { figures: readonly { readonly runs: readonly unknown[] }[] } = JSON.parse(json.stdout);
    expect(new Set(figures.map(({ runs }) => runs.length))).toEqual(new Set([3]));
  }, 300_000);

  it("simulate judges a few experiments with a planted ratio, and a few sets of runs", async () => {
    const few = ["--experiments", "4", "--reports", "2", "--groups", "5", "--resamples", "20", "--workers", "1"];
    const { code, stdout, stderr } = await cli("simulate", ...few);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^\| .* 5 .*\|$/m);
    expect(stdout).toMatch(/, \d+ s, 1 workers\n$/);
    const sets = await cli("simulate", "--several-runs", "20", "--json");
    expect(sets.code).toBe(0);
    const { options, cells }: { options: unknown; cells: readonly { readonly sets: number }[] } = JSON.parse(sets.stdout);
    expect(options).toEqual({ sets: 20, seed: 1 });
    expect(new Set(cells.map((cell) => cell.sets))).toEqual(new Set([20]));
  }, 300_000);
});
