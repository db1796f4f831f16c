import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

const packages = join(import.meta.dirname, "../packages");
const resultsOf = (folder) => join(packages, folder, "test-results.json");
const soakOf = (folder) => join(packages, folder, "test-results-soak.json");

/** What an earlier run has left is not this run's. turbo puts it back where nothing has changed since. */
export function forgetResults() {
  for (const folder of readdirSync(packages)) rmSync(resultsOf(folder), { force: true });
}

/**
 * What vitest has left in each package, summed up.
 *
 * @param {{ withSoak?: boolean }} [options] `withSoak` counts what `pnpm soak` has left, too
 *
 * @returns {{
 *   passed: number,
 *   failed: { name: string, message: string }[],
 *   skipped: Map<string, number>,
 *   without: string[],
 * }} `skipped` counts by what a test needs; `without` are packages whose tests left nothing
 */
export function readResults({ withSoak = false } = {}) {
  const folders = readdirSync(packages).filter((folder) => existsSync(join(packages, folder, "vitest.config.ts")));
  const found = folders.filter((folder) => existsSync(resultsOf(folder)));
  const soaks = withSoak ? folders.map(soakOf).filter((file) => existsSync(file)) : [];
  const files = [...found.map(resultsOf), ...soaks].flatMap((file) => JSON.parse(readFileSync(file, "utf8")).testResults);
  const tests = files.flatMap(({ name, assertionResults }) => assertionResults.map((test) => ({ ...test, file: name })));
  const failedTests = tests.filter(({ status }) => status === "failed");
  const failed = failedTests.map(({ file, fullName, failureMessages }) => ({
    name: `${file}: ${fullName}`,
    message: failureMessages.join("\n"),
  }));
  // A file that could not be loaded has a message and no failed test.
  const broken = files.filter(({ name, message }) => message && !failedTests.some(({ file }) => file === name));
  const skipped = new Map();
  for (const { status, meta } of tests) {
    if (status === "passed" || status === "failed") continue;
    const why = meta?.needs?.join(" and ") ?? "no reason given";
    skipped.set(why, (skipped.get(why) ?? 0) + 1);
  }
  return {
    passed: tests.filter(({ status }) => status === "passed").length,
    failed: [...failed, ...broken],
    skipped,
    without: folders.filter((folder) => !found.includes(folder)),
  };
}

const count = (number) => number.toLocaleString("en");

/** @param {ReturnType<typeof readResults>} results */
export function summaryOf({ passed, failed, skipped, without }) {
  const reasons = [...skipped].map(([why, number]) => `${count(number)} need ${why}`);
  const said = reasons.length === 0 ? "none skipped" : `skipped: ${reasons.join(", ")}`;
  const silent = without.length === 0 ? "" : ` No tests were run of ${without.join(", ")}.`;
  return `${count(passed)} tests passed, ${count(failed.length)} failed, ${said}. Apart, because they take minutes: pnpm soak.${silent}`;
}
