import { quantile } from "../stats/index.ts";
import { agentArms } from "./arms.ts";
import { agentTests, type Sample } from "./compare.ts";

type Figure = readonly [head: string, of: (sample: Sample) => number, digits: number];

const WALL: Figure = ["s", ({ wallMs }) => wallMs / 1000, 2];
const P50: Figure = ["p50 ms", ({ latencyMs }) => latencyMs?.p50 ?? Number.NaN, 2];
const P99: Figure = ["p99 ms", ({ latencyMs }) => latencyMs?.p99 ?? Number.NaN, 2];
const CPU: Figure = ["CPU µs/token", ({ cpuMs, tokens }) => (cpuMs * 1000) / tokens, 1];

/** The medians over the rounds, and their ratios to the relay and to AIChatAgent in the same run. */
export function agentTable(samples: readonly Sample[]): string {
  const parts: string[] = [];
  for (const test of agentTests) {
    const of = (arm: string): Sample[] => samples.filter((one) => one.test === test.id && one.arm === arm);
    const arms = agentArms.filter(({ id }) => of(id).length > 0);
    if (arms.length === 0) continue;
    const figures: readonly Figure[] = of(arms[0]?.id ?? "")[0]?.latencyMs === undefined ? [WALL, CPU] : [P50, P99, CPU];
    const median = (arm: string, figure: (sample: Sample) => number): number => {
      const values = of(arm).map(figure);
      return values.length === 0 ? Number.NaN : quantile(values, 0.5);
    };
    const peers = test.id === "replay" ? ["streams"] : ["relay", "ui-stream", "ai-chat"];
    const heads = figures.flatMap(([head]) => [head, ...peers.map((peer) => `÷ ${peer}`)]);
    const rows = arms.map(({ id, label }) => [
      label,
      ...figures.flatMap(([, figure, digits]) => {
        const value = median(id, figure);
        return [value.toFixed(digits), ...peers.map((peer) => (value / median(peer, figure)).toFixed(2))];
      }),
    ]);
    const table = [[test.title, ...heads], ...rows];
    const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => (row[column] ?? "").length)));
    parts.push(
      table
        .map((row) =>
          row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join("  "),
        )
        .join("\n"),
    );
  }
  return parts.join("\n\n");
}
