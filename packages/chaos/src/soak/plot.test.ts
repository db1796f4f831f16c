import { describe, expect, it } from "vitest";
import { Totals } from "../report/totals.ts";
import { soakPlot } from "./plot.ts";
import { soakExitCode, soakReportOf, soakTableOf } from "./report.ts";
import type { Sample } from "./sample.ts";

const asked = { seed: 4, budgetMs: 1_800_000, atOnce: 4, transports: ["sse", "ws"], kinds: ["reset"] } as const;

function sample(phase: Sample["phase"], atMs: number, sockets: number, timers = 0): Sample {
  return {
    atMs,
    phase,
    answers: Math.round(atMs / 500),
    counts: {
      descriptors: { workerd: 40, readers: 30 },
      sockets: { workerd: 9, readers: sockets },
      resources: { Timeout: timers },
      listeners: { signal: 0, page: 0 },
      rows: { transport_events: 0 },
      alarms: { agents: 0 },
    },
    bytes: { "workerd heap": 14e6, "workerd resident": 180e6, "readers heap": 42e6, "readers resident": 300e6 },
  };
}

/** @param left so many sockets more at the end than at the start */
function reportOf(left: number) {
  const flow = Array.from({ length: 60 }, (_, index) => sample("flow", 70_000 + 10_000 * index, 40, 20));
  const samples = [sample("start", 60_000, 6), ...flow, sample("rest", 700_000, 12), sample("end", 760_000, 6 + left)];
  return soakReportOf({ totals: new Totals(), samples }, { asked, failure: null, seconds: 760 });
}

describe("the report of a soak", () => {
  it("says that all is back, and ends with 0", () => {
    const report = reportOf(0);
    expect(soakExitCode(report)).toBe(0);
    const table = soakTableOf(report);
    expect(table).toMatch(/^sockets: readers +6 +40 +6$/m);
    expect(table).toMatch(/^workerd heap +14\.0 MB +14\.0 MB +14\.0 MB +0\.0 kB \(95 %: 0\.0 kB to 0\.0 kB\)$/m);
    expect(table).toMatch(/All is back where it began\.$/);
  });

  it("names what is not back, and ends with 3", () => {
    const report = reportOf(1);
    expect(soakExitCode(report)).toBe(3);
    expect(soakTableOf(report)).toMatch(/Not back where it began:\n {2}sockets \(readers\): 6 at the start, 7 at the end\.$/);
  });

  it("of a violated answer ends with 1, whatever is left behind", () => {
    expect(soakExitCode({ ...reportOf(1), violatedRuns: 1 })).toBe(1);
  });

  it("of a soak that was interrupted says so, and ends with 3", () => {
    const { samples } = reportOf(0);
    const cut = soakReportOf({ totals: new Totals(), samples: samples.slice(0, 30) }, { asked, failure: "SIGINT", seconds: 300 });
    expect(soakExitCode(cut)).toBe(3);
    expect(soakTableOf(cut)).toContain("It was ended before its rest (SIGINT).");
    expect(soakPlot(cut)).toContain("It was ended before its rest.");
  });
});

describe("the plot of a soak", () => {
  it("has a panel for each figure, with what it was at the start and at the end", () => {
    const svg = soakPlot(reportOf(0));
    expect(svg.match(/<polyline /g)).toHaveLength(14);
    expect(svg).toContain("The readers' process: timers");
    expect(svg).toContain("0 at the start, 20 at most, 0 at the end");
    expect(svg).toContain("All is back where it began.");
  });

  it("marks the panel whose figure is not back", () => {
    const svg = soakPlot(reportOf(2));
    expect(svg.match(/Not back: /g)).toHaveLength(1);
    expect(svg).toContain("Not back: 6 at the start, 40 at most, 8 at the end");
  });

  it("has no text below 12 px, and both themes", () => {
    const svg = soakPlot(reportOf(0));
    const sizes = [...svg.matchAll(/font-size:(\d+)px/g)].map(([, size]) => Number(size));
    expect(sizes.length).toBeGreaterThan(50);
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(12);
    expect(svg).toContain("@media (prefers-color-scheme:dark)");
  });
});
