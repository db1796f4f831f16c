import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { endOnSignals, isForAPerson, mustBeWritable, textOf } from "../command.ts";
import { Totals } from "../report/totals.ts";
import { bytes } from "./left-behind.ts";
import { readSoakOptions, SOAK_HELP } from "./options.ts";
import { soakPlot } from "./plot.ts";
import { soakExitCode, soakReportOf, soakTableOf, type SoakReport } from "./report.ts";
import type { Sample } from "./sample.ts";
import { soak } from "./soak.ts";

/** `chaos soak`. @returns the exit code */
export async function soakCommand(argv: readonly string[]): Promise<number> {
  const { help, out, ...asked } = readSoakOptions(argv);
  if (help) {
    console.log(SOAK_HELP);
    return 0;
  }
  await mustBeWritable(out);
  const totals = new Totals();
  const samples: Sample[] = [];
  const startedAt = performance.now();
  const finish = (failure: string | null): SoakReport => {
    const report = soakReportOf({ totals, samples }, { asked, failure, seconds: (performance.now() - startedAt) / 1_000 });
    writeFileSync(join(out, "soak.json"), JSON.stringify(report));
    writeFileSync(join(out, "soak.svg"), soakPlot(report));
    console.log(soakTableOf(report));
    return report;
  };
  endOnSignals(finish);
  const { failure } = await soak(asked, {
    totals,
    samples,
    onSample: (sample) => console.error(lineOf(sample)),
    onPlayed: (id, played) => {
      for (const { violations } of played) for (const { kind, what } of violations) console.error(`${id} ${kind}: ${what}`);
    },
  });
  // Nothing was counted yet.
  if (isForAPerson(failure)) throw failure;
  const report = finish(failure === undefined ? null : textOf(failure));
  if (failure === undefined) return soakExitCode(report);
  console.error(failure);
  // What was played when it was thrown may go on for a minute, and is not counted.
  process.exit(soakExitCode(report));
}

function lineOf({ atMs, phase, answers, counts, bytes: held }: Sample): string {
  const sockets = `sockets ${counts.sockets["workerd"] ?? 0} + ${counts.sockets["readers"] ?? 0}`;
  const heaps = `heaps ${bytes(held["workerd heap"])} + ${bytes(held["readers heap"])}`;
  const rows = Object.values(counts.rows).reduce((sum, count) => sum + count, 0);
  return `${Math.round(atMs / 1_000)} s, ${phase}: ${answers} answers, ${sockets}, ${heaps}, ${rows} rows`;
}
