import { analyse } from "../../analysis/index.ts";
import { markdownTable, terminalTables } from "../../rounds/print.ts";
import { escapeMarkdown } from "../../report/words/escape.ts";
import { missingOf } from "../../report/words/missing-sessions.ts";
import { choiceTables, partsTables } from "../../report/words/session-tables.ts";
import { notesOf } from "../../report/words/session-notes.ts";
import { assertOnce } from "../../results/assert-once.ts";
import { loadResults } from "../../results/store.ts";
import { sessionKinds, sessionKindsSchema } from "../../sessions/kinds.ts";
import { places } from "../../sessions/places.ts";
import { sessionsOf, sourcesOf } from "../../sessions/sessions.ts";
import { BENCH } from "../../usage/command-name.ts";
import { UsageError } from "../../usage/errors.ts";
import { helpFlag, readCommandLine, switchFlag, textFlag } from "../../usage/flags.ts";
import { checked, readJson } from "../../usage/json-file.ts";

const help = `npx -y pnpm@12 bench answer FILE [FILE …]: which transport an application should take, by what its sessions wait for.

An application is a sum of waits: a first answer, next answers, a loss on the way. Each is measured on a network (bench run distance outage
tool-loop-far --standard), or on this machine without one. This adds them up, over each version of HTTP, and says what a person would notice. Of
several files, those that measured all of a session's waits are put together (METHOD.md, "Sessions").

  --weights FILE   other sessions: JSON, as "kinds" in what --json prints
  --parts          also what each session is the sum of
  --markdown       the tables in Markdown
  --json           the figures, and the sessions that they are of, as JSON on standard output

Example
  npx -y pnpm@12 bench answer reports/network/results.json.gz reports/network-2/results.json.gz --parts`;

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
  const runs = await Promise.all(line.words.map(async (file) => ({ file, results: await loadResults(file) })));
  assertOnce(runs);
  const sources = runs.flatMap(({ results }) => sourcesOf(results, analyse(results).control.errorsMultipliedBy));
  const { cells, advice } = sessionsOf(sources, kinds);
  if (json) {
    console.log(JSON.stringify({ kinds, places, cells, advice }, null, 2));
    return 0;
  }
  const tables = [...choiceTables(kinds, cells), ...(line.value(flags.parts) ? partsTables(kinds, cells) : [])];
  const missing = kinds.flatMap((kind) =>
    missingOf(kind, cells).map(({ words, command }) => `${kind.title}. ${words} To measure it: ${command}`),
  );
  const notes = [...notesOf(kinds, { cells, advice }), ...missing];
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
