import { readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { gunzipSync } from "node:zlib";
import { replayOf } from "./src/replay/cells.ts";

/** `pnpm --filter @agent-transports/playground replay-data <results.json.gz>`: what the page replays, of a run on the network. */
const [name] = process.argv.slice(2);
if (name === undefined) {
  console.error("Usage: replay-data <a run's results.json or results.json.gz>");
  process.exit(2);
}
// pnpm runs scripts in the package's folder, and a path is meant from where it was typed.
const file = join(process.env["INIT_CWD"] ?? process.cwd(), name);
const bytes = await readFile(file);
const isCompressed = bytes[0] === 0x1f && bytes[1] === 0x8b;
const replay = replayOf(JSON.parse((isCompressed ? gunzipSync(bytes) : bytes).toString()));
// From the root of the repository, where the test looks for it.
const text = `${JSON.stringify({ source: relative(join(import.meta.dirname, "../.."), file), ...replay })}\n`;
await writeFile(join(import.meta.dirname, "src/replay/data.json"), text);
console.log(`${replay.cells.length} cells of ${replay.measuredAt}: ${(text.length / 1_000).toFixed(1)} kB.`);
