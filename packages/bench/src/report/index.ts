export { buildReport } from "./build.ts";
export { replaceVerdicts, verdictsIn } from "./document-marks.ts";
export { renderHtml } from "./html.ts";
export { renderMarkdown } from "./markdown.ts";
export type { Money } from "./words/money.ts";
export { renderTerminal } from "./terminal.ts";
export { renderFigures, renderVerdicts, type ReportedRun } from "./verdict-table.ts";
