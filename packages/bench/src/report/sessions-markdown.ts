import { sessionKinds } from "../sessions/kinds.ts";
import type { Sessions } from "../sessions/facts.ts";
import { isMeasured } from "../sessions/sessions.ts";
import { markdownTable } from "./markdown-table.ts";
import { escapeMarkdown } from "./words/escape.ts";
import { missingOfAll } from "./words/missing-sessions.ts";
import { ANSWER } from "./words/page.ts";
import { ADVICE_COLUMNS, adviceRows, choiceTables } from "./words/session-tables.ts";
import { notesOf } from "./words/session-notes.ts";

/** The answer in one table; then what it would be elsewhere, and what was not measured. */
export function sessionsMarkdown(sessions: Sessions): string {
  const choices = choiceTables(sessionKinds, sessions.cells.filter(isMeasured)).filter(({ rows }) => rows.length > 0);
  return [
    markdownTable(ADVICE_COLUMNS, adviceRows(sessionKinds, sessions)),
    ...choices.map(({ title, head, rows }) => markdownTable([title, ...head], rows)),
    [...notesOf(sessionKinds, sessions).map(escapeMarkdown), ...missingLines(sessions)].map((line) => `- ${line}`).join("\n"),
  ].join("\n\n");
}

/** Why, and the command that measures it; what is not code is wrapped, as a document's lines are. */
export function missingLines({ cells }: Sessions): string[] {
  return missingOfAll(sessionKinds, cells).map(
    ({ words, command }) => `${wrapped(escapeMarkdown(`${words} ${ANSWER.measure}`)).replaceAll("\n", "\n  ")}\n  \`${command}\``,
  );
}

/** As a document's lines are broken. @param indent columns that stand before each line: a line of a list begins with two more */
export function wrapped(text: string, indent = 2): string {
  const width = 120 - indent;
  return text.replaceAll(new RegExp(`(?=.{${width + 1}})(.{1,${width}}) `, "g"), "$1\n");
}
