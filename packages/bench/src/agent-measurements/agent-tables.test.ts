import { describe, expect, it } from "vitest";
import { markdownTables, terminalTables } from "../rounds/print.ts";
import type { Environment } from "../results/schema.ts";
import { agentFigures, measuredPackages } from "./agent-tables.ts";
import type { AgentSample } from "./agent-tests.ts";

const fast = (arm: string, round: number, wallMs: number, written?: number): AgentSample => ({
  test: "fast",
  arm,
  round,
  tokens: 1_000,
  wallMs,
  cpuMs: wallMs / 10,
  ...(written === undefined ? {} : { rows: { written, read: 3, deleting: written / 2 } }),
});

const stalled = (round: number, medianBytes: number, maxBytes: number): AgentSample => ({
  test: "stalled",
  arm: "ours-sse",
  round,
  tokens: 10_000,
  wallMs: 1,
  cpuMs: 1,
  memory: { medianBytes, maxBytes, catchUpMaxBytes: maxBytes * 2, madeBytes: 100e6 },
});

/** The cells of the row that begins with a label. */
function cells(table: string, label: string): string[] | undefined {
  const row = table.split("\n").find((line) => line.startsWith(label));
  return row?.trim().split(/\s{2,}/);
}

const environment: Environment = {
  cpuModel: "Some CPU",
  cores: 2,
  memoryBytes: 1,
  kernel: "6.1.0",
  loadAverageAtStart: [0.49, 1, 2],
  node: "v24.0.0",
  versions: { workerd: "1.2.3", agents: "0.32.0", ai: "7.0.0" },
  commit: "0123456789abcdef",
  dirty: false,
  timerLatenessMs: { p50: 0, p99: 0 },
};

describe("the tables of bench agents", () => {
  it("prints medians over the rounds, and their ratios to the named peers of the same run", () => {
    const table = terminalTables(
      agentFigures([
        ...[1_000, 2_000, 9_000].map((wallMs, round) => fast("relay", round, wallMs)),
        ...[8_000, 8_000, 8_000].map((wallMs, round) => fast("ai-chat", round, wallMs)),
        ...[3_000, 4_000, 5_000].map((wallMs, round) => fast("ours-sse", round, wallMs)),
      ]),
    );
    // 4 s: 2.00 of the relay's 2 s, no figure for a peer that was not run, 0.50 of AIChatAgent's 8 s; then the CPU's.
    expect(cells(table, "ours over SSE")).toEqual(["ours over SSE", "4.00", "2.00", "–", "0.50", "400.0", "2.00", "–", "0.50"]);
    expect(table).not.toContain("rows/");
  });

  it("prints the rows billed per 1,000 tokens for agents with a log, and a dash for others", () => {
    const table = terminalTables(
      agentFigures([
        fast("relay", 0, 1_000),
        ...[90, 100, 400].map((rows, round) => fast("ai-chat", round, 1_000, rows)),
        fast("ours-sse", 0, 1_000, 84.4),
      ]),
    );
    const rows = (label: string): string[] | undefined => cells(table, label)?.slice(-3);
    expect(rows("hand-written relay")).toEqual(["–", "–", "–"]);
    expect(rows("AIChatAgent")).toEqual(["100", "3", "50"]);
    expect(rows("ours over SSE")).toEqual(["84", "3", "42"]);
  });

  it("prints memory in MB: the median round's median, the worst round's most", () => {
    const table = terminalTables(agentFigures([stalled(0, 4e6, 5e6), stalled(1, 9.94e6, 30.26e6), stalled(2, 5e6, 6e6)]));
    expect(cells(table, "ours over SSE")).toEqual(["ours over SSE", "100", "5.0", "30.3", "60.5"]);
  });

  it("prints Markdown: each table with its command, date and machine", () => {
    const measurement = { startedAt: "2026-11-25T02:26:11.000Z", environment, options: " --rounds 3 --seed 2" };
    const tables = agentFigures([fast("relay", 0, 2_000), fast("ours-sse", 0, 3_000, 84), stalled(0, 4e6, 5e6)]);
    expect(markdownTables("agents", measuredPackages, tables, measurement)).toBe(
      `### \`fast\`: 20,000 tokens as fast as they come

|  | s | ÷ relay | ÷ ui-stream | ÷ ai-chat | CPU µs/token | ÷ relay | ÷ ui-stream | ÷ ai-chat | rows/1,000 tokens: written | read | written by deleting |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|
| hand-written relay, no log | 2.00 | 1.00 | – | – | 200.0 | 1.00 | – | – | – | – | – |
| ours over SSE | 3.00 | 1.50 | – | – | 300.0 | 1.50 | – | – | 84 | 3 | 42 |

\`npx -y pnpm@12 bench agents fast --rounds 3 --seed 2\`, 2026-11-25, commit 0123456789ab; 2 cores of Some CPU, load 0.5 before, Linux 6.1.0; Node v24.0.0, workerd 1.2.3, miniflare unknown, agents 0.32.0, ai 7.0.0

### \`stalled\`: a run whose reader stops after 1 MB

|  | MB made meanwhile | MB more: median | most | most while it reads on |
|---|--:|--:|--:|--:|
| ours over SSE | 100 | 4.0 | 5.0 | 10.0 |

\`npx -y pnpm@12 bench agents stalled --rounds 3 --seed 2\`, 2026-11-25, commit 0123456789ab; 2 cores of Some CPU, load 0.5 before, Linux 6.1.0; Node v24.0.0, workerd 1.2.3, miniflare unknown, agents 0.32.0, ai 7.0.0`,
    );
  });
});
