export { buildReport } from "./build.ts";
export { renderHtml } from "./html.ts";
export { renderMarkdown } from "./markdown.ts";
export { renderTerminal } from "./terminal.ts";
export { renderFigures, renderVerdicts, replaceVerdicts, verdictsIn } from "./verdict-table.ts";
