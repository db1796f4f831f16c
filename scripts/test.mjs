// `pnpm test`: says first what this machine leaves out, then builds and tests what has changed, and ends with one line that counts. `pnpm soak` has what takes minutes.
// What follows it goes to turbo, as in `pnpm test --filter @agent-transports/ws-client`.
import { spawn } from "node:child_process";
import { tools, leftOut } from "../packages/lab/src/tools.ts";
import { forgetResults, readResults, summaryOf } from "./test-results.mjs";

const missing = leftOut(tools);
if (missing !== null) console.warn(missing);

forgetResults();
// Each of them runs several files at once. More of them than these, and two cores are so busy that tests run into their limits.
const PACKAGES_AT_ONCE = 3;
const given = process.argv.slice(2);
const args = ["run", "test", "--continue", "--output-logs=new-only", `--concurrency=${PACKAGES_AT_ONCE}`, ...given];
const there = tools.filter((tool) => tool.missing() === null).map(({ name }) => name);
// Part of the tests' hash: what was skipped for want of a tool is run once it is there.
const env = { ...process.env, TURBO_TELEMETRY_DISABLED: "1", TURBO_NO_UPDATE_NOTIFIER: "1", TEST_TOOLS: there.join() };
// So is the seed. One that is drawn for each file apart would be the same word to turbo, which runs nothing twice.
if (env.FUZZ_SEED === "random") {
  env.FUZZ_SEED = String(Math.trunc(Math.random() * 2 ** 31));
  console.log(`The values that properties are tried on: FUZZ_SEED=${env.FUZZ_SEED}`);
}
const turbo = spawn("turbo", args, { stdio: "inherit", env });
// Ctrl-C reaches turbo too, and this waits for it.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => turbo.kill(signal));
const code = await new Promise((resolve, reject) => turbo.on("error", reject).on("exit", (status) => resolve(status ?? 130)));

const results = readResults({ onlySome: given.some((arg) => /^(?:-F|--filter|--affected)/.test(arg)) });
// vitest has named the tests that failed. Nobody has yet named a package of which none was run.
for (const name of results.without) console.log(`failed: ${name}`);
console.log(summaryOf(results));
process.exitCode = code === 0 && results.failed.length > 0 ? 1 : code;
