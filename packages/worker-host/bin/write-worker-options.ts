#!/usr/bin/env node
// write-worker-options <configuration> <the Worker's bundle>: the last step of a Worker's build. From the sources, so that such a build
// needs none of this package.
import { resolve } from "node:path";
import { writeOptions } from "../src/built-options.ts";

const [config, script] = process.argv.slice(2);
if (config === undefined || script === undefined) {
  console.error("Usage: write-worker-options <wrangler.jsonc> <the Worker's bundle>");
  process.exit(2);
}
await writeOptions({ config: resolve(config), script: resolve(script) });
