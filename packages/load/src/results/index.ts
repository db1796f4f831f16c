export { judge } from "./judge.ts";
export { kneeOf, type Knee } from "./knee.ts";
export { mergeResults } from "./merge.ts";
export { playedIn, usedIn } from "./origin.ts";
export { readReport, ReportError, type Bounds, type Distribution, type LoadResult, type Period } from "./report.ts";
export { generatorWarning, resultTable } from "./table.ts";
