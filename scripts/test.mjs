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
const args = ["run", "test", "--continue", "--output-logs=new-only", `--concurrency=${PACKAGES_AT_ONCE}`, ...process.argv.slice(2)];
const there = tools.filter((tool) => tool.missing() === null).map(({ name }) => name);
// Part of the tests' hash: what was skipped for want of a tool is run once it is there.
const env = { ...process.env, TURBO_TELEMETRY_DISABLED: "1", TURBO_NO_UPDATE_NOTIFIER: "1", TEST_TOOLS: there.join() };
const turbo = spawn("turbo", args, { stdio: "inherit", env });
// Ctrl-C reaches turbo too, and this waits for it.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => turbo.kill(signal));
const code = await new Promise((resolve, reject) => turbo.on("error", reject).on("exit", (status) => resolve(status ?? 130)));

const results = readResults();
// Whoever asks for one package knows that the others were not asked.
console.log(summaryOf(process.argv.length > 2 ? { ...results, without: [] } : results));
process.exitCode = code === 0 && results.failed.length > 0 ? 1 : code;
