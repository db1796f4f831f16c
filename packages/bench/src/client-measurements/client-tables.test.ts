import { describe, expect, it } from "vitest";
import { terminalTables } from "../rounds/print.ts";
import type { Figures } from "./job.ts";
import { clientFigures } from "./client-tables.ts";
import { clientTests, type ClientSample } from "./client-tests.ts";

const sample = (test: string, arm: string, round: number, figures: Figures): ClientSample => ({ test, arm, round, figures });

/** The cells of the row that begins with a label. */
function cells(table: string, label: string): string[] | undefined {
  const row = table.split("\n").find((line) => line.startsWith(`${label}  `));
  return row?.trim().split(/\s{2,}/);
}

describe("the tables of bench clients", () => {
  it("print the CPU time of an event beside each peer of the same run", () => {
    const table = terminalTables(
      clientFigures([
        sample("events-sse", "parser", 0, { cpuUs: 1, wallUs: 1 }),
        sample("events-sse", "parser+JSON", 0, { cpuUs: 1.6, wallUs: 2 }),
        ...[1.9, 2, 9].map((cpuUs, round) => sample("events-sse", "ours-sse", round, { cpuUs, wallUs: 3 })),
      ]),
    );
    expect(cells(table, "sse-client")).toEqual(["sse-client", "2.000", "2.00", "1.25", "–", "–", "3.000"]);
  });

  it("mark clients that are not back in time, and count the worst round's events", () => {
    const lost = (backMs: number, count: number): Figures => ({ backMs, lost: count, repeated: 0, reordered: 0 });
    const table = terminalTables(
      clientFigures([
        ...[3_000, Number.POSITIVE_INFINITY].map((backMs, round) => sample("back-reset", "partysocket", round, lost(backMs, 300 + round))),
        sample("back-reset", "ours-ws", 0, lost(21, 0)),
      ]),
    );
    expect(cells(table, "partysocket")).toEqual(["partysocket", "not within 60 s", "not within 60 s", "301", "0", "0"]);
    expect(cells(table, "ws-client")).toEqual(["ws-client", "0.021", "0.021", "0", "0", "0"]);
  });

  it("have a column for the server's downtime when there was one", () => {
    const figures = { backMs: 3_050, awayMs: 1_300, lost: 0, repeated: 0, reordered: 0 };
    expect(terminalTables(clientFigures([sample("back-restart", "eventsource", 0, figures)]))).toContain("of which the server was away");
    expect(terminalTables(clientFigures([sample("back-reset", "eventsource", 0, { backMs: 1 })]))).not.toContain("away");
  });

  it("exist for every test, with peers that are arms of the test", () => {
    for (const test of clientTests) {
      const ids = test.arms.map(({ id }) => id);
      const [figures] = [{ cpuUs: 1, backMs: 1, bytesPerRun: 1, peakBytes: 1, gzipBytes: 1 }];
      expect(clientFigures([sample(test.id, ids[0] ?? "", 0, figures)])[0]?.rows[0]?.length).toBeGreaterThan(1);
      for (const peer of test.peers) expect(ids).toContain(peer);
    }
  });
});
