// Prints each test that failed, with the beginning of its message, what was skipped, and the names again: of a long output often only the end is
// seen. Its last line is two numbers, passed and failed.
import { readResults, summaryOf } from "../scripts/test-results.mjs";

const MESSAGE_LINES = 12;

const results = readResults({ withSoak: true });
for (const { name, message } of results.failed) {
  // Of a stack, what is ours.
  const lines = message.split("\n").filter((line) => !line.includes("node_modules"));
  console.log(`failed test: ${name}\n${lines.slice(0, MESSAGE_LINES).join("\n")}\n`);
}
console.log(summaryOf(results));
for (const { name } of results.failed) console.log(`failed test: ${name.slice(name.indexOf("packages/"))}`);
console.log(results.passed, results.failed.length);
