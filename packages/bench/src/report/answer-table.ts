import { sessionKinds } from "../sessions/kinds.ts";
import { adviceCell, sessionsOf, sourcesOf } from "../sessions/sessions.ts";
import { wrapped } from "./sessions-markdown.ts";
import { choiceNotes } from "./words/session-notes.ts";
import { BRIEF_COLUMNS, briefRows } from "./words/session-tables.ts";
import { whereWords } from "./words/sessions.ts";
import { adviceTable, type ReportedRun } from "./verdict-table.ts";

/** What a first screen shows of one run or of several: one table. Those that measured all of a session's waits are put together. */
export function renderAnswer(runs: readonly ReportedRun[]): string {
  const sessions = sessionsOf(
    runs.flatMap(({ results, report }) => sourcesOf(results, report.control.errorsMultipliedBy)),
    sessionKinds,
  );
  const places = new Set(
    sessionKinds.flatMap((kind) => {
      const cell = adviceCell(kind, sessions);
      return cell === undefined ? [] : [whereWords(cell)];
    }),
  );
  const [place] = places;
  const shared = places.size === 1 && place !== undefined;
  const key = [
    ...choiceNotes(sessionKinds),
    "Figures are means with 95 % intervals, and shares of the whole wait, the model’s own time included.",
    ...(shared ? [`All are of ${place}.`] : []),
  ];
  return [adviceTable(BRIEF_COLUMNS, briefRows(sessionKinds, sessions, shared)), wrapped(key.join(" "), 0)].join("\n\n");
}
