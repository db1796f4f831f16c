// Prints each test that failed, with the beginning of its message, and what was skipped; its last line is two numbers, passed and failed.
import { readResults, summaryOf } from "../scripts/test-results.mjs";

const MESSAGE_LINES = 12;

const results = readResults({ withSoak: true });
for (const { name, message } of results.failed) {
  console.log(`failed test: ${name}\n${message.split("\n").slice(0, MESSAGE_LINES).join("\n")}\n`);
}
console.log(summaryOf(results));
console.log(results.passed, results.failed.length);
