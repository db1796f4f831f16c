import { folderOf, loadResults, prepare } from "../../results/store.ts";

export interface ReportOptions {
  readonly command: "report";
  readonly file: string;
  /** Where the report goes; beside the file if `undefined`. */
  readonly out: string | undefined;
  readonly json: boolean;
}

/** Makes the report again from raw results. */
export async function report(options: ReportOptions): Promise<void> {
  const results = await loadResults(options.file);
  const dir = options.out ?? folderOf(options.file);
  await prepare(dir);
  // Plots, and a DOM to draw them in: not for a file that is refused.
  const { writeReport } = await import("./write-report.ts");
  await writeReport(dir, results, { json: options.json, raw: options.file });
}
