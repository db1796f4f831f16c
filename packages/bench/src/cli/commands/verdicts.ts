import { readFile } from "node:fs/promises";
import { dirname, relative } from "node:path";
import { BENCH } from "../../usage/command-name.ts";
import { messageOf, UsageError } from "../../usage/errors.ts";
import { helpFlag, readCommandLine, textFlag } from "../../usage/flags.ts";
import { buildReport } from "../../report/build.ts";
import { renderFigures, renderVerdicts, replaceVerdicts, verdictsIn } from "../../report/verdict-table.ts";
import { loadResults, prepareFile, writeWhole } from "../../results/store.ts";

const help = `npx -y pnpm@12 bench verdicts FILE: what to choose by a results file, and the figures behind it, as documents show them.

  --write README.md   puts the answer between its <!-- verdicts:begin --> and <!-- verdicts:end -->, and names the file there
  --check README.md   exits with 1 where the README says anything else than its file
  --table FILE.md     with either: the same for the claims and the figure of each setting, between the same marks of another document

Example
  npx -y pnpm@12 bench verdicts reports/standard/results.json.gz --write README.md --table reports/standard/README.md`;

const flags = { write: textFlag("write"), check: textFlag("check"), table: textFlag("table") };

/** @returns the exit code */
export async function verdictsCommand(argv: readonly string[]): Promise<number> {
  const line = readCommandLine(argv, [...Object.values(flags), helpFlag], "verdicts --help");
  if (line.value(helpFlag)) {
    console.log(help);
    return 0;
  }
  const [file, ...more] = line.words;
  const [write, check] = [line.value(flags.write), line.value(flags.check)];
  if (file === undefined || more.length > 0 || (write !== undefined && check !== undefined))
    throw new UsageError("verdicts needs one file, and --write or --check. See verdicts --help.");
  const readme = write ?? check;
  const table = line.value(flags.table);
  if (readme === undefined && table !== undefined) throw new UsageError("--table needs --write or --check beside it. See verdicts --help.");
  const results = await loadResults(file);
  const asked = [
    ...(readme === undefined ? [] : [{ path: readme, option: "--write", render: renderVerdicts }]),
    ...(table === undefined ? [] : [{ path: table, option: "--table", render: renderFigures }]),
  ];
  if (write !== undefined) for (const { path, option } of asked) await prepareFile(path, option);
  // Before the report is built, which takes minutes: a document without marks is told at once.
  const documents = await Promise.all(
    asked.map(async (one) => ({ ...one, named: relative(dirname(one.path), file), ...(await read(one.path)) })),
  );
  const report = buildReport(results);
  if (readme === undefined) {
    console.log(`${renderVerdicts(results, report, file)}\n\n${renderFigures(results, report, file)}`);
    return 0;
  }
  if (write !== undefined) {
    for (const { path, named, text, render } of documents)
      await writeWhole(path, replaceVerdicts(text, named, render(results, report, named)));
    return 0;
  }
  const others = documents.filter(({ named, said, render }) => said.file !== named || said.text !== render(results, report, named));
  const remedy = `${BENCH} verdicts ${file} --write ${readme}${table === undefined ? "" : ` --table ${table}`}`;
  for (const { path } of others) console.error(`${path} does not say what ${file} says: ${remedy}`);
  return others.length === 0 ? 0 : 1;
}

/** @throws UsageError where it cannot be read, or has no marks */
async function read(file: string): Promise<{ readonly text: string; readonly said: ReturnType<typeof verdictsIn> }> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${messageOf(error)}.`, { cause: error });
  }
  return { text, said: verdictsIn(text) };
}
