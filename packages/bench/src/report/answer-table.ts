import { sessionKinds } from "../sessions/kinds.ts";
import { wrapped } from "./sessions-markdown.ts";
import { choiceNotes, outageNotes, spokenOf } from "./words/session-notes.ts";
import { BRIEF_COLUMNS, briefRows } from "./words/session-tables.ts";
import { whereWords } from "./words/sessions.ts";
import { adviceTable, sessionsOfRuns, type ReportedRun } from "./verdict-table.ts";

/** What a first screen shows of one run or of several: one table. Those that measured all of a session's waits are put together. */
export function renderAnswer(runs: readonly ReportedRun[]): string {
  const sessions = sessionsOfRuns(runs);
  const spoken = spokenOf(sessionKinds, sessions);
  const places = new Set(spoken.map(({ cell }) => whereWords(cell)));
  const [place] = places;
  const shared = places.size === 1 && place !== undefined;
  const key = [
    ...choiceNotes(sessionKinds),
    "Figures are means with 95 % intervals, and shares of the whole wait, the model’s own time included.",
    ...(shared ? [`The link is ${place}.`] : []),
    ...outageNotes(spoken),
    "Where another link or version of HTTP is decided, those that are undecided are left out.",
  ];
  return [adviceTable(BRIEF_COLUMNS, briefRows(sessionKinds, sessions, shared)), wrapped(key.join(" "), 0)].join("\n\n");
}
