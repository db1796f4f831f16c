import { artilleryName, generatorName, type MetricName, type Transport } from "../metrics/metric-list.ts";
import { LATE_MS } from "../generator/late.ts";
import type { Bounds, LoadResult } from "./report.ts";

const counted: readonly MetricName[] = [
  "runs_started",
  "runs_finished",
  "events_received",
  "events_lost",
  "events_repeated",
  "events_reordered",
];
const timed: readonly MetricName[] = ["connect_ms", "first_event_ms", "gap_ms", "run_ms", "input_ms", "recovery_ms"];

/** A row for each transport that is used. Columns without a figure are left out. */
export function resultTable({ counters, distributions }: LoadResult, used: readonly Transport[]): string {
  const measured = timed.filter((metric) => used.some((transport) => artilleryName(transport, metric) in distributions));
  const rows = [
    ["", ...counted.map((metric) => metric.replace(/_/, " ")), ...measured.flatMap((metric) => [`${metric} p50`, "p95"])],
    ...used.map((transport) => [
      transport,
      ...counted.map((metric) => String(counters[artilleryName(transport, metric)] ?? 0)),
      ...measured.flatMap((metric) => {
        const one = distributions[artilleryName(transport, metric)];
        return one === undefined ? ["–", "–"] : [shown(one.p50), shown(one.p95)];
      }),
    ]),
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows.map((row) => row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join("  ")).join("\n");
}

function shown({ low, high }: Bounds): string {
  return low === high ? low.toFixed(1) : `${low.toFixed(1)}…${high.toFixed(1)}`;
}

/**
 * What the generator itself was late; `undefined` where that is too little to matter. It goes by the latest second, as the workers' own warning does:
 * where all users come back at once, one second is the whole measurement, and p95 of all seconds would not have it.
 */
export function generatorWarning({ distributions }: LoadResult): string | undefined {
  const delay = distributions[generatorName("generator_delay_ms")];
  const overrun = distributions[generatorName("generator_overrun_ms")]?.max ?? 0;
  if (delay === undefined || (delay.max < LATE_MS && overrun < 1_000)) return undefined;
  return (
    `The load generator itself was late: its event loop by up to ${delay.max.toFixed(0)} ms (p95 of its seconds: ${shown(delay.p95)} ms), ` +
    `its arrivals by up to ${overrun.toFixed(0)} ms. What was timed then has that in it, and is no figure of the Agent. ` +
    "Use a lower rate, or more machines."
  );
}
