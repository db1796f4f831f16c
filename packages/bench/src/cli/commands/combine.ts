import { combineResults } from "../../between-runs/combine-results.ts";
import { renderTogether } from "../../between-runs/render.ts";
import { loadResults, prepareFile, writeWhole } from "../../results/store.ts";
import { UsageError } from "../../usage/errors.ts";
import { helpFlag, readCommandLine, switchFlag, textFlag } from "../../usage/flags.ts";

const help = `npx -y pnpm@12 bench combine A.json B.json C.json …: several whole runs of the same scenarios together, as Markdown.

  --json      prints the figures as JSON instead
  --out FILE  also writes it to this file

For each scenario's first metric, at each setting that two runs measured: the mean effect with its 95 % interval, where another such run would
put it (95 %), whether the runs differ by more than their own errors (Cochran's Q), and the verdict by METHOD.md's rule, over runs in place of pair
groups. Three runs or more, on different days: two tell little of the spread between runs. The map is left out: it has a rule of its own.

Example
  npx -y pnpm@12 bench combine monday/results.json wednesday/results.json friday/results.json`;

const flags = { json: switchFlag("json"), out: textFlag("out") };

/** @returns the exit code */
export async function combineCommand(argv: readonly string[]): Promise<number> {
  const line = readCommandLine(argv, [...Object.values(flags), helpFlag], "combine --help");
  if (line.value(helpFlag)) {
    console.log(help);
    return 0;
  }
  if (line.words.length < 2) throw new UsageError("combine needs two files or more. See combine --help.");
  const out = line.value(flags.out);
  if (out !== undefined) await prepareFile(out, "--out");
  const runs = await Promise.all(line.words.map(async (file) => ({ file, results: await loadResults(file) })));
  const together = combineResults(runs);
  const text = line.value(flags.json) ? JSON.stringify(together, null, 2) : renderTogether(together);
  console.log(text);
  if (out !== undefined) await writeWhole(out, `${text}\n`);
  return 0;
}
