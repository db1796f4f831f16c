import { readFile } from "node:fs/promises";
import { dirname, relative, resolve } from "node:path";
import { BENCH } from "../../usage/command-name.ts";
import { messageOf, UsageError } from "../../usage/errors.ts";
import { helpFlag, readCommandLine, textFlag, textsFlag } from "../../usage/flags.ts";
import { buildReport } from "../../report/build.ts";
import { mapFile } from "../../report/plots/map.ts";
import { hasMarks, replaceShown, SHOWN, shownIn, type Shown } from "../../report/document-marks.ts";
import { renderNetwork } from "../../report/network-table.ts";
import { renderAnswer } from "../../report/answer-table.ts";
import { renderFigures, renderVerdicts, type ReportedRun } from "../../report/verdict-table.ts";
import { assertOnce } from "../../results/assert-once.ts";
import { loadResults, prepareFile, writeWhole } from "../../results/store.ts";

const help = `npx -y pnpm@12 bench verdicts FILE [FILE …]: what to take by results files, and the figures behind it, as documents show them.

Files that measured all of a session's waits are put together, as in bench answer.

  --write FILE.md   writes between the marks of a document, and names the files there. Give it once for each document
  --check FILE.md   exits with 1 where a document says anything else than its files
  --map FILE.svg    with either: the picture of the map, of the first file that has one

A document has one pair of marks or several, as <!-- answer:begin --> and <!-- answer:end -->:

  answer            what to take, in short
  verdicts          what to take, with each interval, and the runs behind it
  network           what browsers do on a network
  figures           the figures that decide and the figure of each setting, of the first file, and the claims, by all files

Example
  npx -y pnpm@12 bench verdicts reports/standard/results.json.gz reports/network-6/results.json.gz reports/network-5/results.json.gz reports/network-4/results.json.gz reports/network-3/results.json.gz reports/network-2/results.json.gz reports/network/results.json.gz reports/outage/results.json.gz reports/bad-link/results.json.gz reports/tabs/results.json.gz reports/map/results.json.gz reports/links/Verizon-LTE-short/results.json.gz --write README.md --write docs/answer.md --write reports/standard/README.md --map docs/map.svg`;

const flags = { write: textsFlag("write"), check: textsFlag("check"), map: textFlag("map") };

/** @returns the exit code */
export async function verdictsCommand(argv: readonly string[]): Promise<number> {
  const line = readCommandLine(argv, [...Object.values(flags), helpFlag], "verdicts --help");
  if (line.value(helpFlag)) {
    console.log(help);
    return 0;
  }
  const files = line.words;
  const [first] = files;
  const [write, check] = [line.value(flags.write), line.value(flags.check)];
  if (first === undefined || (write.length > 0 && check.length > 0))
    throw new UsageError("verdicts needs a results file, and --write or --check. See verdicts --help.");
  const paths = [...write, ...check];
  const picture = line.value(flags.map);
  if (paths.length === 0 && picture !== undefined) throw new UsageError("--map needs --write or --check beside it. See verdicts --help.");
  if (picture !== undefined && paths.some((path) => resolve(path) === resolve(picture)))
    throw new UsageError(`--map ${picture} is a document that is written, too: give the picture a file of its own.`);
  const results = await Promise.all(files.map(loadResults));
  assertOnce(results.map((one, index) => ({ file: files[index] ?? "", results: one })));
  for (const path of write) await prepareFile(path, "--write");
  if (write.length > 0 && picture !== undefined) await prepareFile(picture, "--map");
  // Before the reports are built: a document without marks is told at once.
  const documents = await Promise.all(paths.map((path) => readDocument(path, files)));
  const reports = results.map(buildReport);
  const runsAs = (named: readonly string[]): ReportedRun[] =>
    named.flatMap((file, index) => {
      const [one, report] = [results[index], reports[index]];
      return one === undefined || report === undefined ? [] : [{ file, results: one, report }];
    });
  if (paths.length === 0) {
    const runs = runsAs(files);
    console.log([renderVerdicts(runs), renderNetwork(runs) ?? [], renderAllFigures(runs)].flat().join("\n\n"));
    return 0;
  }
  const drawn = picture === undefined ? undefined : drawMap(runsAs(files));
  const wanted = documents.map(({ shown, ...document }) => {
    const runs = runsAs(document.named);
    return { ...document, parts: shown.map((one) => ({ shown: one, text: renderers[one](runs) })) };
  });
  if (write.length > 0) {
    if (picture !== undefined && drawn !== undefined) await writeWhole(picture, drawn);
    for (const { path, text, named, parts } of wanted)
      await writeWhole(
        path,
        parts.reduce((document, part) => replaceShown(document, part.shown, named, part.text), text),
      );
    return 0;
  }
  const others = wanted.filter(({ text, named, parts }) =>
    parts.some((part) => {
      const said = shownIn(text, part.shown);
      return said.files.join(" ") !== named.join(" ") || said.text !== part.text;
    }),
  );
  const options = [...paths.map((path) => ` --write ${path}`), picture === undefined ? "" : ` --map ${picture}`].join("");
  const remedy = `${BENCH} verdicts ${files.join(" ")}${options}`;
  const isOld = picture !== undefined && (await readText(picture)) !== drawn;
  if (isOld) console.error(`${picture} does not show the map of ${files.join(" and ")}: ${remedy}`);
  for (const { path } of others)
    console.error(`${path} does not say what ${files.join(" and ")} ${files.length === 1 ? "says" : "say"}: ${remedy}`);
  return others.length === 0 && !isOld ? 0 : 1;
}

interface AskedDocument {
  readonly path: string;
  readonly text: string;
  /** The files, as it names them. */
  readonly named: readonly string[];
  readonly shown: readonly Shown[];
}

const renderers: Readonly<Record<Shown, (runs: readonly ReportedRun[]) => string>> = {
  answer: renderAnswer,
  verdicts: renderVerdicts,
  network: networkTable,
  figures: renderAllFigures,
};

/** @throws UsageError where it cannot be read, or has no marks */
async function readDocument(path: string, files: readonly string[]): Promise<AskedDocument> {
  const text = await readText(path);
  const shown = SHOWN.filter((one) => hasMarks(text, one));
  if (shown.length === 0) throw new UsageError(`${path} has no marks to write between, as <!-- answer:begin -->. See verdicts --help.`);
  // Where one begins that does not end.
  for (const one of shown) shownIn(text, one);
  return { path, text, named: files.map((file) => relative(dirname(path), file)), shown };
}

/** @throws UsageError where no file has a map */
function drawMap(runs: readonly ReportedRun[]): string {
  const [found] = runs.flatMap(({ report: { map }, results }) => (map === null ? [] : [{ map, startedAt: results.startedAt }]));
  if (found === undefined) throw new UsageError(`No file has a map. Measure one: ${BENCH} run map --standard`);
  return mapFile(found.map, found.startedAt);
}

function renderAllFigures([first, ...others]: readonly ReportedRun[]): string {
  return first === undefined ? "" : renderFigures([first, ...others]);
}

/** @throws UsageError where no file has a row of it */
function networkTable(runs: readonly ReportedRun[]): string {
  const text = renderNetwork(runs);
  if (text === null)
    throw new UsageError(`No file measured browsers on a network. Measure them: ${BENCH} run distance stalls outage --standard`);
  return text;
}

/** @throws UsageError where it cannot be read */
async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${messageOf(error)}.`, { cause: error });
  }
}
