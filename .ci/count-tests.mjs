// Reads what vitest left (`test-results*.json`) and prints each test that failed, with the beginning of its message; its last line is two numbers, passed and failed.
import { readFileSync } from "node:fs";

const MESSAGE_LINES = 12;

let passed = 0;
let failed = 0;
for (const file of process.argv.slice(2)) {
  const results = JSON.parse(readFileSync(file, "utf8"));
  passed += results.numPassedTests;
  for (const { name, message, assertionResults } of results.testResults) {
    const failures = assertionResults.filter(({ status }) => status === "failed");
    for (const { fullName, failureMessages } of failures) report(`${name}: ${fullName}`, failureMessages.join("\n"));
    // A file that could not be loaded has a message and no test.
    if (failures.length === 0 && message) report(name, message);
  }
}
console.log(passed, failed);

function report(name, message) {
  failed += 1;
  console.log(`failed test: ${name}\n${message.split("\n").slice(0, MESSAGE_LINES).join("\n")}\n`);
}
