export { buildReport, reportOf, type Report } from "./build.ts";
export { renderHtml } from "./html.ts";
export { renderMarkdown } from "./markdown.ts";
export { renderTerminal, type TerminalOptions } from "./terminal.ts";
export { renderFigures, renderVerdicts, replaceVerdicts, verdictsIn } from "./verdict-table.ts";
