#!/usr/bin/env node
import { whyNotOn } from "@agent-transports/lab/needs-node";

const why = whyNotOn("bench");
if (why === undefined) await import("../dist/cli.js");
else {
  console.error(why);
  process.exitCode = 2;
}
