import { UsageError } from "../../usage/errors.ts";
import { helpFlag, readCommandLine } from "../../usage/flags.ts";
import { resolvePath } from "../../raw/path.ts";
import { loadResults } from "../../results/store.ts";

const help = `npx -y pnpm@12 bench raw FILE PATH: prints the raw samples behind a figure, as JSON.

A report names the path under each of its plots and tables, as in
  npx -y pnpm@12 bench raw bench-results/results.json "\\$.scenarios[?@.name=='connect'].blocks[?@.condition=='bare'].samples['start']"
Each block that the path leads to is one array. The path is JSONPath (RFC 9535), so other tools take it too.`;

/** @returns the exit code */
export async function rawCommand(argv: readonly string[]): Promise<number> {
  const line = readCommandLine(argv, [helpFlag], "raw --help");
  if (line.value(helpFlag)) {
    console.log(help);
    return 0;
  }
  const [file, path, ...more] = line.words;
  if (file === undefined || path === undefined || more.length > 0) throw new UsageError("raw needs a file and a path. See raw --help.");
  const found = resolvePath(await loadResults(file), path);
  if (found.length === 0) throw new UsageError(`${path} leads to nothing in ${file}.`);
  console.log(JSON.stringify(found));
  return 0;
}
