import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

const packages = join(import.meta.dirname, "../packages");
const RESULTS = "test-results.json";
const SOAK_RESULTS = "test-results-soak.json";
const isTest = (file) => /\.test\.tsx?$/.test(file);
const isSoak = (file) => /\.soak\.test\.tsx?$/.test(file);

/** What an earlier run has left is not this run's. turbo puts it back where nothing has changed since. */
export function forgetResults() {
  for (const folder of readdirSync(packages)) rmSync(join(packages, folder, RESULTS), { force: true });
}

/**
 * What vitest has left in each package, summed up.
 *
 * @param {{ withSoak?: boolean, onlySome?: boolean }} [options] `withSoak` counts what `pnpm soak` has left, too. With `onlySome`, packages were
 *   named: those without results were not asked
 *
 * @returns {{
 *   passed: number,
 *   failed: { name: string, message: string }[],
 *   skipped: Map<string, number>,
 *   without: string[],
 * }} `skipped` counts by what a test needs. `without` are those of `failed` that no test is: packages that have tests and left no results
 */
export function readResults({ withSoak = false, onlySome = false } = {}) {
  const folders = readdirSync(packages);
  const wanted = [
    ...folders.filter(hasTests).map((folder) => ({ folder, file: RESULTS, tests: "tests" })),
    ...(withSoak ? folders.filter(hasSoak).map((folder) => ({ folder, file: SOAK_RESULTS, tests: "tests of pnpm soak" })) : []),
  ];
  const found = wanted.filter(({ folder, file }) => existsSync(join(packages, folder, file)));
  const files = found.flatMap(({ folder, file }) => JSON.parse(readFileSync(join(packages, folder, file), "utf8")).testResults);
  const tests = files.flatMap(({ name, assertionResults }) => assertionResults.map((test) => ({ ...test, file: name })));
  const failedTests = tests.filter(({ status }) => status === "failed");
  const failed = failedTests.map(({ file, fullName, failureMessages }) => ({
    name: `${file}: ${fullName}`,
    message: failureMessages.join("\n"),
  }));
  // A file that could not be loaded has a message and no failed test.
  const broken = files.filter(({ name, message }) => message && !failedTests.some(({ file }) => file === name));
  const missing = wanted.filter((one) => !found.includes(one));
  const without = onlySome ? withoutAny(found) : missing.map(withoutResults);
  const skipped = new Map();
  for (const { status, meta } of tests) {
    if (status === "passed" || status === "failed") continue;
    const why = meta?.needs?.join(" and ") ?? "no reason given";
    skipped.set(why, (skipped.get(why) ?? 0) + 1);
  }
  return {
    passed: tests.filter(({ status }) => status === "passed").length,
    failed: [...failed, ...broken, ...without],
    skipped,
    without: without.map(({ name }) => name),
  };
}

function withoutResults({ folder, file, tests }) {
  return {
    name: `packages/${folder}: no ${tests} were run`,
    message: `There is no packages/${folder}/${file}. See above what became of the package's tests.`,
  };
}

/** Which packages were asked is turbo's to know. One of them at least has tests. */
function withoutAny(found) {
  return found.length > 0 ? [] : [{ name: "packages: no tests were run", message: "None of the packages that were asked left results." }];
}

/** By its files too: a package whose configuration was lost still has tests. */
function hasTests(folder) {
  return existsSync(join(packages, folder, "vitest.config.ts")) || filesOf(folder).some((file) => isTest(file) && !isSoak(file));
}

function hasSoak(folder) {
  return existsSync(join(packages, folder, "vitest.soak.config.ts")) || filesOf(folder).some(isSoak);
}

function filesOf(folder) {
  const parts = ["src", "test"].map((part) => join(packages, folder, part)).filter((part) => existsSync(part));
  return parts.flatMap((part) => readdirSync(part, { recursive: true }));
}

const count = (number) => number.toLocaleString("en");

/** @param {ReturnType<typeof readResults>} results */
export function summaryOf({ passed, failed, skipped }) {
  const reasons = [...skipped].map(([why, number]) => `${count(number)} need ${why}`);
  const said = reasons.length === 0 ? "none skipped" : `skipped: ${reasons.join(", ")}`;
  return `${count(passed)} tests passed, ${count(failed.length)} failed, ${said}. Apart, because they take minutes: pnpm soak.`;
}
