import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { replayOf } from "./src/replay/cells.ts";

/** `pnpm --filter @agent-transports/playground replay-data <results.json.gz>`: what the page replays, of a run on the network. */
const [file] = process.argv.slice(2);
if (file === undefined) {
  console.error("Usage: replay-data <a run's results.json or results.json.gz>");
  process.exit(2);
}
// pnpm runs scripts in the package's folder, and a path is meant from where it was typed.
const bytes = await readFile(join(process.env["INIT_CWD"] ?? process.cwd(), file));
const isCompressed = bytes[0] === 0x1f && bytes[1] === 0x8b;
const replay = replayOf(JSON.parse((isCompressed ? gunzipSync(bytes) : bytes).toString()));
await writeFile(join(import.meta.dirname, "src/replay/data.json"), `${JSON.stringify(replay)}\n`);
console.log(`${replay.cells.length} cells of ${replay.measuredAt ?? "no run"}.`);
