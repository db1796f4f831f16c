import { UsageError } from "../../usage/errors.ts";
import { helpFlag, readCommandLine, readFlag, switchFlag, textFlag, textsFlag } from "../../usage/flags.ts";
import { compareRuns } from "../../regression/compare-runs.ts";
import { renderComparison } from "../../regression/render.ts";
import { parseSelector, parseShare } from "../../regression/select.ts";
import { loadResults, prepareFile, writeWhole } from "../../results/store.ts";

const help = `npx -y pnpm@12 bench compare A.json B.json: shows what became worse or better from run A to run B. For CI.

  --max-regression 5%   lets a figure become so much worse (default 5%)
  --metric NAME         compares only these figures: scenario, scenario/metric or scenario/metric/p99; repeat it for more.
                        With a threshold of its own: --metric token-latency/latency/p99=20%
                        Default: the headline of each scenario, at each setting, for each transport
  --anyway              compares runs of two machines too
  --json                prints the comparison as JSON (schema/comparison.schema.json) instead of Markdown
  --out FILE            also writes it to this file

Exit codes 0  no figure is worse by more than its threshold and outside noise
           1  one is, or more events were lost, repeated or reordered than before
           2  the files cannot be compared, or the command is wrong

Outside noise means that the interval of the change excludes "no change". The interval comes from a bootstrap of whole pair groups of both
files, widened for the number of figures (Bonferroni): if you name fewer figures, you see smaller changes. Blocks of one run share its minute
and its machine, which no bootstrap sees. So measure A and B in one job, one after the other, on one machine.

Example
  npx -y pnpm@12 bench run first-token token-latency --out before       on the main branch
  npx -y pnpm@12 bench run first-token token-latency --out after        on yours
  npx -y pnpm@12 bench compare before/results.json after/results.json --max-regression 10%`;

const flags = {
  maxRegression: readFlag("max-regression", (text) => parseShare(text, "--max-regression"), 0.05),
  metrics: textsFlag("metric"),
  anyway: switchFlag("anyway"),
  json: switchFlag("json"),
  out: textFlag("out"),
};

/** @returns the exit code */
export async function compareCommand(argv: readonly string[]): Promise<number> {
  const line = readCommandLine(argv, [...Object.values(flags), helpFlag], "compare --help");
  if (line.value(helpFlag)) {
    console.log(help);
    return 0;
  }
  const [before, after, ...more] = line.words;
  if (before === undefined || after === undefined || more.length > 0) throw new UsageError("compare needs two files. See compare --help.");
  const options = {
    selectors: line.value(flags.metrics).map(parseSelector),
    maxRegression: line.value(flags.maxRegression),
    anyway: line.value(flags.anyway),
  };
  const out = line.value(flags.out);
  if (out !== undefined) await prepareFile(out, "--out");
  const comparison = compareRuns(
    { file: before, results: await loadResults(before) },
    { file: after, results: await loadResults(after) },
    options,
  );
  const text = line.value(flags.json) ? JSON.stringify(comparison, null, 2) : renderComparison(comparison);
  console.log(text);
  if (out !== undefined) await writeWhole(out, text);
  return comparison.outcome === "regression" ? 1 : 0;
}
