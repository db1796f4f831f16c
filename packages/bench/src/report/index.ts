export { buildReport } from "./build.ts";
export { hasMarks, replaceShown, shownIn, type Shown } from "./document-marks.ts";
export { renderAnswer } from "./answer-table.ts";
export { renderHtml } from "./html.ts";
export { renderMarkdown } from "./markdown.ts";
export type { Money } from "./words/money.ts";
export { renderNetwork } from "./network-table.ts";
export { renderTerminal } from "./terminal.ts";
export { renderFigures, renderVerdicts, type ReportedRun } from "./verdict-table.ts";
