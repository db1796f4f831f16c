import { markdownTable, terminalTables } from "../../rounds/print.ts";
import { escapeMarkdown } from "../../report/words/escape.ts";
import { CHOICE_NOTES, choiceTable, missingWords, partsTables } from "../../report/words/sessions.ts";
import type { ScenarioResult } from "../../results/schema.ts";
import { loadResults } from "../../results/store.ts";
import { pairings, places, sessionKinds, sessionKindsSchema } from "../../sessions/kinds.ts";
import { figuresOf } from "../../sessions/sum.ts";
import { BENCH } from "../../usage/command-name.ts";
import { UsageError } from "../../usage/errors.ts";
import { helpFlag, readCommandLine, switchFlag, textFlag } from "../../usage/flags.ts";
import { checked, readJson } from "../../usage/json-file.ts";

const help = `npx -y pnpm@12 bench answer FILE [FILE …]: which transport an application should take, by what its sessions wait for.

An application is a sum of waits: a first answer, next answers, a loss on the way. Each is measured on a network (bench run distance outage
--standard). This adds them up, over each version of HTTP, and says what a person would notice. Of several files, the first that has a scenario
counts.

  --weights FILE   other sessions: JSON, as "kinds" in what --json prints
  --parts          also what each session is the sum of
  --markdown       the tables in Markdown
  --json           the figures, and the sessions that they are of, as JSON on standard output

Example
  npx -y pnpm@12 bench answer reports/network/results.json.gz --parts`;

const flags = { weights: textFlag("weights"), parts: switchFlag("parts"), markdown: switchFlag("markdown"), json: switchFlag("json") };

/** @returns the exit code */
export async function answerCommand(argv: readonly string[]): Promise<number> {
  const line = readCommandLine(argv, [...Object.values(flags), helpFlag], "answer --help");
  if (line.value(helpFlag)) {
    console.log(help);
    return 0;
  }
  const [markdown, json] = [line.value(flags.markdown), line.value(flags.json)];
  if (line.words.length === 0) throw new UsageError("answer needs a results file. See answer --help.");
  if (markdown && json) throw new UsageError("Choose one form: --markdown or --json.");
  const weights = line.value(flags.weights);
  const kinds = weights === undefined ? sessionKinds : checked(weights, sessionKindsSchema, await readJson(weights));
  const scenarios = await scenariosOf(line.words);
  const cells = kinds.flatMap((kind) =>
    places.flatMap((place) => pairings.map((pairing) => figuresOf({ scenarios }, kind, place, pairing))),
  );
  if (json) {
    console.log(JSON.stringify({ kinds, places, pairings, cells }, null, 2));
    return 0;
  }
  const tables = [choiceTable(kinds, cells), ...(line.value(flags.parts) ? partsTables(kinds, cells) : [])];
  const missing = missingWords(cells).map((reason) => `Not said, because it was not measured: ${reason}.`);
  const notes = [...CHOICE_NOTES, ...missing];
  console.log(
    (markdown
      ? [
          ...tables.map(({ title, head, rows }) => markdownTable(title, head, rows)),
          notes.map((note) => `- ${escapeMarkdown(note)}`).join("\n"),
          `\`${[BENCH, "answer", ...argv.filter((word) => word !== "--markdown")].join(" ")}\``,
        ]
      : [terminalTables(tables), notes.join("\n")]
    ).join("\n\n"),
  );
  return 0;
}

/** Of each scenario, the first that was run. */
async function scenariosOf(files: readonly string[]): Promise<ScenarioResult[]> {
  const all = (await Promise.all(files.map(loadResults))).flatMap(({ scenarios }) => scenarios);
  const run = all.filter(({ notRun }) => notRun === null);
  return run.filter(({ name }, index) => run.findIndex((one) => one.name === name) === index);
}
