import { readFile } from "node:fs/promises";
import { dirname, relative } from "node:path";
import { BENCH } from "../command-name.ts";
import { messageOf, UsageError } from "../errors.ts";
import { parseFlags } from "../flags.ts";
import { buildReport, renderVerdicts, replaceVerdicts, verdictsIn } from "../report/index.ts";
import { loadResults, prepareFile, writeWhole } from "../store.ts";

const help = `npx -y pnpm@12 bench verdicts FILE: the verdict tables of a results file, as a README shows them.

  --write README.md   puts them between its <!-- verdicts:begin --> and <!-- verdicts:end -->, and names the file there
  --check README.md   exits with 1 where the README says anything else than its file

Example
  npx -y pnpm@12 bench verdicts reports/standard/results.json.gz --write README.md`;

const flags = { write: { type: "string" }, check: { type: "string" }, help: { type: "boolean", short: "h" } } as const;

/** @returns the exit code */
export async function verdictsCommand(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags(argv, flags, "verdicts --help");
  if (values.help === true) {
    console.log(help);
    return 0;
  }
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0 || (values.write !== undefined && values.check !== undefined))
    throw new UsageError("verdicts needs one file, and --write or --check. See verdicts --help.");
  const readme = values.write ?? values.check;
  const named = readme === undefined ? file : relative(dirname(readme), file);
  const results = await loadResults(file);
  if (values.write !== undefined) await prepareFile(values.write, "--write");
  const verdicts = renderVerdicts(results, buildReport(results), named);
  if (readme === undefined) {
    console.log(verdicts);
    return 0;
  }
  const text = await read(readme);
  if (values.write !== undefined) {
    await writeWhole(readme, replaceVerdicts(text, named, verdicts));
    return 0;
  }
  const said = verdictsIn(text);
  if (said.file === named && said.text === verdicts) return 0;
  console.error(`${readme} does not say what ${file} says: ${BENCH} verdicts ${file} --write ${readme}`);
  return 1;
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${messageOf(error)}.`, { cause: error });
  }
}
