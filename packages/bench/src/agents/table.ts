import { quantile } from "../stats/index.ts";
import { agentTests, type AgentTest, type Sample } from "./compare.ts";

interface Figure {
  readonly head: string;
  /** NaN where a sample has none. */
  readonly of: (sample: Sample) => number;
  readonly digits: number;
  /** Whether its ratios to the peers stand beside it. */
  readonly compared: boolean;
  /** Over the rounds: the median, if absent. */
  readonly over?: (values: readonly number[]) => number;
}

const MB = 1e6;
const most = (values: readonly number[]): number => Math.max(...values);

const WALL: Figure = { head: "s", of: ({ wallMs }) => wallMs / 1000, digits: 2, compared: true };
const P50: Figure = { head: "p50 ms", of: ({ latencyMs }) => latencyMs?.p50 ?? Number.NaN, digits: 2, compared: true };
const P99: Figure = { head: "p99 ms", of: ({ latencyMs }) => latencyMs?.p99 ?? Number.NaN, digits: 2, compared: true };
const CPU: Figure = { head: "CPU µs/token", of: ({ cpuMs, tokens }) => (cpuMs * 1000) / tokens, digits: 1, compared: true };
const ROWS: Figure = {
  head: "rows/1,000 tokens",
  of: ({ rowsWritten, tokens }) => ((rowsWritten ?? Number.NaN) * 1000) / tokens,
  digits: 0,
  compared: false,
};

/** Of workerd's resident memory, above its level before the reader came. */
const MEMORY: readonly Figure[] = [
  { head: "MB made meanwhile", of: ({ memory }) => (memory?.madeBytes ?? Number.NaN) / MB, digits: 0, compared: false },
  { head: "MB more: median", of: ({ memory }) => (memory?.medianBytes ?? Number.NaN) / MB, digits: 1, compared: false },
  { head: "most", of: ({ memory }) => (memory?.maxBytes ?? Number.NaN) / MB, digits: 1, compared: false, over: most },
  {
    head: "most while it reads on",
    of: ({ memory }) => (memory?.catchUpMaxBytes ?? Number.NaN) / MB,
    digits: 1,
    compared: false,
    over: most,
  },
];

/** One test's figures, in words. */
export interface FigureTable {
  readonly test: AgentTest;
  readonly head: readonly string[];
  /** One for each arm that was measured; its label first. */
  readonly rows: readonly (readonly string[])[];
}

/** Of each test that has samples: figures over the rounds, and their ratios to named peers in the same run. */
export function figureTables(samples: readonly Sample[]): FigureTable[] {
  return agentTests.flatMap((test) => {
    const of = (arm: string): Sample[] => samples.filter((one) => one.test === test.id && one.arm === arm);
    const arms = test.arms.filter(({ id }) => of(id).length > 0);
    if (arms.length === 0) return [];
    const figures = figuresFor(samples.filter((one) => one.test === test.id));
    const overRounds = (arm: string, figure: Figure): number => {
      const values = of(arm).map(figure.of);
      return values.length === 0 ? Number.NaN : (figure.over ?? ((all) => quantile(all, 0.5)))(values);
    };
    const peers = test.id === "replay" ? ["streams"] : ["relay", "ui-stream", "ai-chat"];
    const head = figures.flatMap((figure) => [figure.head, ...(figure.compared ? peers.map((peer) => `÷ ${peer}`) : [])]);
    const rows = arms.map(({ id, label }) => [
      label,
      ...figures.flatMap((figure) => {
        const value = overRounds(id, figure);
        const ratios = figure.compared ? peers.map((peer) => inWords(value / overRounds(peer, figure), 2)) : [];
        return [inWords(value, figure.digits), ...ratios];
      }),
    ]);
    return [{ test, head, rows }];
  });
}

function figuresFor(samples: readonly Sample[]): readonly Figure[] {
  if (samples.some(({ memory }) => memory !== undefined)) return MEMORY;
  const rows = samples.some(({ rowsWritten }) => rowsWritten !== undefined) ? [ROWS] : [];
  return samples.some(({ latencyMs }) => latencyMs !== undefined) ? [P50, P99, CPU, ...rows] : [WALL, CPU, ...rows];
}

/** A dash where there is no figure: a peer that was not run, an arm without a log. */
function inWords(value: number, digits: number): string {
  return Number.isFinite(value) ? value.toFixed(digits) : "–";
}

/** For a terminal. */
export function agentTable(samples: readonly Sample[]): string {
  return figureTables(samples)
    .map(({ test, head, rows }) => {
      const table = [[test.title, ...head], ...rows];
      const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => (row[column] ?? "").length)));
      return table
        .map((row) =>
          row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join("  "),
        )
        .join("\n");
    })
    .join("\n\n");
}
