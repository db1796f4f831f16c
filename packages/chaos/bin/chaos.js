#!/usr/bin/env node
import { whyNotOn } from "../../../scripts/needs-node.mjs";

const why = whyNotOn("chaos");
if (why === undefined) await import("../dist/cli.js");
else {
  console.error(why);
  process.exitCode = 2;
}
