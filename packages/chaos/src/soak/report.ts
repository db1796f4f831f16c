import type { Totals } from "../report/totals.ts";
import { bytes, leftBehind, memoryChanges, type Finding, type MemoryChange } from "./left-behind.ts";
import { RULE, type Rule } from "./rule.ts";
import { COUNTED, MEMORY, type Memory, type Sample } from "./sample.ts";
import type { SoakAsked } from "./soak.ts";

/** `soak.json`. */
export interface SoakReport {
  readonly schema: "soak/1";
  readonly asked: SoakAsked;
  readonly rule: Rule;
  readonly node: string;
  /** It was ended before its last rest. */
  readonly cut: boolean;
  /** Why: a signal, or what was thrown. */
  readonly failure: string | null;
  readonly seconds: number;
  /** Answers, streams that a fault struck, and what the checker found. */
  readonly answers: number;
  readonly struck: number;
  readonly violatedRuns: number;
  readonly violations: Totals["found"];
  readonly memory: readonly MemoryChange[];
  readonly findings: readonly Finding[];
  readonly samples: readonly Sample[];
}

export function soakReportOf(
  { totals, samples }: { readonly totals: Totals; readonly samples: readonly Sample[] },
  given: Pick<SoakReport, "asked" | "failure" | "seconds">,
): SoakReport {
  return {
    schema: "soak/1",
    ...given,
    rule: RULE,
    node: process.version,
    cut: given.failure !== null || !samples.some(({ phase }) => phase === "end"),
    answers: totals.runs,
    struck: totals.transports.sse.faulted + totals.transports.ws.faulted,
    violatedRuns: totals.violatedRuns,
    violations: totals.found,
    memory: memoryChanges(samples),
    findings: leftBehind(samples),
    samples,
  };
}

/** 1 where the checker has found something, 3 where something is left behind or nobody can tell. */
export function soakExitCode({ violatedRuns, findings, cut }: Pick<SoakReport, "violatedRuns" | "findings" | "cut">): number {
  if (violatedRuns > 0) return 1;
  return findings.length > 0 || cut ? 3 : 0;
}

/** One table, and a line for each finding. */
export function soakTableOf(report: SoakReport): string {
  const { samples, memory, asked, answers, struck, seconds, violatedRuns, violations, findings, cut, failure } = report;
  const start = samples.find(({ phase }) => phase === "start");
  const end = samples.findLast(({ phase }) => phase === "end");
  const row = (name: string, value: (sample: Sample) => number, write: (value: number) => string): string[] => [
    name,
    start === undefined ? "–" : write(value(start)),
    write(samples.reduce((most, sample) => Math.max(most, value(sample)), 0)),
    end === undefined ? "–" : write(value(end)),
  ];
  const counted = COUNTED.flatMap((kind) =>
    [...new Set(samples.flatMap(({ counts }) => Object.keys(counts[kind])))]
      .toSorted()
      .map((of) => row(`${kind}: ${of}`, ({ counts }) => counts[kind][of] ?? 0, String)),
  );
  const kept = MEMORY.map((of) => [...row(of, (sample) => sample.bytes[of], bytes), growthOf(memory, of)]);
  const rows = [["", "start", "most", "end", "growth per 1,000 answers"], ...counted, ...kept];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  const table = rows.map((cells) =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : column < 4 ? cell.padStart(widths[column]!) : cell))
      .join("  ")
      .trimEnd(),
  );
  return [
    ...table,
    "",
    `${answers} answers in ${Math.round(seconds)} s, ${struck} struck streams, seed ${asked.seed}.${cut ? ` It was ended before its rest (${failure ?? "nothing says why"}).` : ""}`,
    violatedRuns === 0 ? "No violation." : `${violatedRuns} answers with violations:`,
    ...violations.flatMap(({ scenario, violations: all }) => all.map(({ kind, of, what }) => `  ${scenario}  ${kind} (${of}): ${what}`)),
    ...(cut ? [] : [findings.length === 0 ? "All is back where it began." : "Not back where it began:"]),
    ...findings.map(({ kind, of, what }) => `  ${kind} (${of}): ${what}`),
  ].join("\n");
}

function growthOf(memory: readonly MemoryChange[], of: Memory): string {
  const growth = memory.find((change) => change.of === of)?.growth;
  if (growth === undefined) return "";
  if (growth === null) return "not judged: too few samples";
  return `${bytes(growth.middle)} (95 %: ${bytes(growth.low)} to ${bytes(growth.high)})`;
}
