import { figureTable, type Figure, type FigureTable } from "../rounds/figures.ts";
import { agentTests, type AgentSample } from "./agent-tests.ts";
import { recoveryFigures } from "./recovery/recovery-figures.ts";

type AgentFigure = Figure<AgentSample>;

/** Whose versions a table hangs on. */
export const measuredPackages = ["workerd", "miniflare", "agents", "ai"] as const;

const MB = 1e6;
const most = (values: readonly number[]): number => Math.max(...values);

const WALL: AgentFigure = { head: "s", of: ({ wallMs }) => wallMs / 1000, digits: 2, compared: true };
const P50: AgentFigure = { head: "p50 ms", of: ({ latencyMs }) => latencyMs?.p50 ?? Number.NaN, digits: 2, compared: true };
const P99: AgentFigure = { head: "p99 ms", of: ({ latencyMs }) => latencyMs?.p99 ?? Number.NaN, digits: 2, compared: true };
const CPU: AgentFigure = { head: "CPU µs/token", of: ({ cpuMs, tokens }) => (cpuMs * 1000) / tokens, digits: 1, compared: true };
const ROWS: readonly AgentFigure[] = [
  {
    head: "rows/1,000 tokens: written",
    of: ({ rows, tokens }) => ((rows?.written ?? Number.NaN) * 1000) / tokens,
    digits: 0,
    compared: false,
  },
  { head: "read", of: ({ rows, tokens }) => ((rows?.read ?? Number.NaN) * 1000) / tokens, digits: 0, compared: false },
  { head: "written by deleting", of: ({ rows, tokens }) => ((rows?.deleting ?? Number.NaN) * 1000) / tokens, digits: 0, compared: false },
];

/** Of workerd's resident memory, above its level before the reader came. */
const MEMORY: readonly AgentFigure[] = [
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

/** Of each test that has samples: figures over the rounds, and their ratios to named peers in the same run. */
export function agentFigures(samples: readonly AgentSample[]): FigureTable[] {
  return agentTests.flatMap((test) => {
    const own = samples.filter((one) => one.test === test.id);
    const ofKilled = recoveryFigures(own)?.map(({ what, figures }) => ({ test: { ...test, title: `${test.title}: ${what}` }, figures }));
    const tables = ofKilled ?? [{ test, figures: figuresFor(own) }];
    return tables.flatMap((table) => figureTable(table.test, samples, table.figures, peersOf(test.id)) ?? []);
  });
}

/** Whom a test's arms are compared with. */
function peersOf(test: string): readonly string[] {
  if (test.startsWith("recovery-")) return ["ai-chat"];
  return test === "replay" ? ["streams"] : ["relay", "ui-stream", "ai-chat"];
}

function figuresFor(samples: readonly AgentSample[]): readonly AgentFigure[] {
  if (samples.some(({ memory }) => memory !== undefined)) return MEMORY;
  const billed = samples.some(({ rows }) => rows !== undefined) ? ROWS : [];
  return samples.some(({ latencyMs }) => latencyMs !== undefined) ? [P50, P99, CPU, ...billed] : [WALL, CPU, ...billed];
}
