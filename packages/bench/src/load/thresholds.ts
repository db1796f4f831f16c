import { quantile } from "../stats/index.ts";
import type { LoadOutcome } from "./put-load.ts";

export interface Thresholds {
  readonly p95FirstEventMs: number;
}

/** What a service that streams answers owes its readers. @returns a sentence for each threshold that is not met */
export function judge(outcome: LoadOutcome, thresholds: Thresholds): string[] {
  const { transport, started, finished, firstEventMs, integrity, failures } = outcome;
  const broken: string[] = [];
  const { lost, repeated, reordered } = integrity;
  if (lost + repeated + reordered > 0) broken.push(`${transport}: lost ${lost}, repeated ${repeated}, reordered ${reordered} events.`);
  if (started === 0 || finished / started < 0.99) broken.push(`${transport}: ${finished} of ${started} runs finished; 99 % must.`);
  for (const [message, count] of failures) broken.push(`${transport}: ${count} × ${message}`);
  if (firstEventMs.length === 0) return [...broken, `${transport}: no run had a first event.`];
  const p95 = quantile(firstEventMs, 0.95);
  if (p95 > thresholds.p95FirstEventMs)
    broken.push(`${transport}: p95 of the first event is ${p95.toFixed(0)} ms; at most ${thresholds.p95FirstEventMs} ms.`);
  return broken;
}

function ms(samples: readonly number[], p: number): string {
  return samples.length === 0 ? "–" : quantile(samples, p).toFixed(1);
}

export function loadTable(outcomes: readonly LoadOutcome[]): string {
  const rows = [
    ["", "runs", "finished", "events", "lost", "repeated", "reordered", "first event p50", "p95", "run p50", "p95 (ms)"],
    ...outcomes.map(({ transport, started, finished, integrity, firstEventMs, runMs }) => [
      transport,
      ...[started, finished, integrity.received, integrity.lost, integrity.repeated, integrity.reordered].map(String),
      ms(firstEventMs, 0.5),
      ms(firstEventMs, 0.95),
      ms(runMs, 0.5),
      ms(runMs, 0.95),
    ]),
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows.map((row) => row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join("  ")).join("\n");
}
