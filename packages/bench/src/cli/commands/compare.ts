import { UsageError } from "../../usage/errors.ts";
import { parseFlags } from "../../usage/flags.ts";
import { compareRuns } from "../../regression/compare-runs.ts";
import { renderComparison } from "../../regression/render.ts";
import { parseSelector, parseShare } from "../../regression/select.ts";
import { loadResults, prepareFile, writeWhole } from "../../results/store.ts";

const help = `npx -y pnpm@12 bench compare A.json B.json: what became worse, better or neither from run A to run B. For CI.

  --max-regression 5%   how much worse a figure may be (default 5%)
  --metric NAME         only these figures: scenario, scenario/metric or scenario/metric/p99; repeat it for more.
                        With a threshold of its own: --metric token-latency/latency/p99=20%
                        Default: the headline of each scenario, at each setting, for each transport
  --anyway              compares runs of two machines all the same
  --json                the comparison as JSON (schema/comparison.schema.json) instead of Markdown
  --out FILE            writes it there too

Exit code  0  no figure is worse by more than its threshold and outside noise
           1  one is, or more events were lost, repeated or reordered than before
           2  the files cannot be compared, or the command is wrong

Outside noise means: the interval of the change, from a bootstrap of whole pair groups of both files, holds no change. The intervals are
widened for the number of figures (Bonferroni): fewer figures named see smaller changes. Blocks of one run share its minute and its machine, and
no bootstrap sees that: measure A and B in one job, one after the other, on one machine.

Example
  npx -y pnpm@12 bench run first-token token-latency --out before       on the main branch
  npx -y pnpm@12 bench run first-token token-latency --out after        on yours
  npx -y pnpm@12 bench compare before/results.json after/results.json --max-regression 10%`;

const flags = {
  "max-regression": { type: "string", default: "5%" },
  metric: { type: "string", multiple: true, default: [] },
  anyway: { type: "boolean" },
  json: { type: "boolean" },
  out: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

/** @returns the exit code */
export async function compareCommand(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags(argv, { ...flags, metric: { ...flags.metric, default: [] } }, "compare --help");
  if (values.help === true) {
    console.log(help);
    return 0;
  }
  const [before, after, ...more] = positionals;
  if (before === undefined || after === undefined || more.length > 0) throw new UsageError("compare needs two files. See compare --help.");
  const options = {
    selectors: values.metric.map(parseSelector),
    maxRegression: parseShare(values["max-regression"], "--max-regression"),
    anyway: values.anyway ?? false,
  };
  if (values.out !== undefined) await prepareFile(values.out, "--out");
  const comparison = compareRuns(
    { file: before, results: await loadResults(before) },
    { file: after, results: await loadResults(after) },
    options,
  );
  const text = values.json === true ? JSON.stringify(comparison, null, 2) : renderComparison(comparison);
  console.log(text);
  if (values.out !== undefined) await writeWhole(values.out, text);
  return comparison.outcome === "regression" ? 1 : 0;
}
