import type { ReportOptions } from "../options.ts";
import { writeReport } from "./write-report.ts";
import { folderOf, loadResults, prepare } from "../../results/store.ts";

/** Makes the report again from raw results. */
export async function report(options: ReportOptions): Promise<void> {
  const results = await loadResults(options.file);
  const dir = options.out ?? folderOf(options.file);
  await prepare(dir);
  await writeReport(dir, results, { json: options.json, raw: options.file });
}
