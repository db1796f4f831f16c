import * as Plot from "@observablehq/plot";
import type { Herd } from "../../analysis/facts/index.ts";
import { backAt, BIN_MS, busiest, isHerd } from "../../analysis/herd.ts";
import type { Mark, ScenarioResult } from "../../results/schema.ts";
import { formatValue } from "../words/format.ts";
import { colourOf, dashOf, draw, HEIGHT, type Figure } from "./draw.ts";

interface Row {
  readonly tMs: number;
  readonly kind: Mark["kind"];
  readonly arm: string;
  readonly label: string;
}

/** What one block of each transport lived through: its events, the faults, and the way back. */
export function timelineFigure(scenario: ScenarioResult, condition: string): Figure | undefined {
  const blocks = scenario.arms.flatMap((arm) => {
    const block = scenario.blocks.find(
      (one) => one.condition === condition && one.arm === arm.id && one.timeline !== undefined && !isHerd(one),
    );
    return block?.timeline === undefined ? [] : [{ arm, marks: block.timeline }];
  });
  if (blocks.length === 0) return undefined;
  const rows: Row[] = blocks.flatMap(({ arm, marks }) => marks.map(({ tMs, kind }) => ({ tMs, kind, arm: arm.id, label: arm.label })));
  const of = (kind: Mark["kind"]): Row[] => rows.filter((row) => row.kind === kind);
  const place = { x: ({ tMs }: Row) => tMs, y: ({ label }: Row) => label };
  const paint = ({ arm }: Row): string => colourOf(arm, scenario.arms);
  const svg = draw(
    {
      height: 70 + 66 * blocks.length,
      marginLeft: Math.max(86, ...blocks.map(({ arm }) => 16 + 7 * arm.label.length)),
      x: { label: "ms since the run began", grid: true, ticks: 5 },
      y: { label: null, domain: blocks.map(({ arm }) => arm.label), padding: 0.35 },
      marks: [
        Plot.tickX(of("event"), { ...place, stroke: paint, strokeWidth: 1.4 }),
        Plot.tickX(of("fault"), { ...place, stroke: "var(--fault)", strokeWidth: 3, insetTop: -9, insetBottom: -9 }),
        Plot.tickX(of("lost"), { ...place, stroke: "var(--fault)", strokeWidth: 1.4, strokeDasharray: "2 2" }),
        Plot.dot(of("connecting"), { ...place, dy: -26, r: 3.5, stroke: paint, fill: "none" }),
        Plot.dot(of("open"), { ...place, dy: -26, r: 3.5, fill: paint }),
      ],
    },
    "Timeline of the faults and recoveries",
    blocks.map(({ arm, marks }) => `${arm.label}: ${told(marks)}`).join(" "),
  );
  return {
    svg,
    caption: "One block of each. Tick: an event received. Bar: a fault. Ring: connecting. Dot: open.",
  };
}

/** In the order of time: each fault, and how long until the next event. */
function told(marks: readonly Mark[]): string {
  const events = marks.filter(({ kind }) => kind === "event");
  const faults = marks.filter(({ kind }) => kind === "fault");
  const said = faults.map(({ tMs, label }) => {
    const next = events.find((event) => event.tMs > tMs);
    return `${label ?? "fault"} at ${formatValue(Math.round(tMs), "ms")}, ${next === undefined ? "no event after it" : `next event after ${formatValue(Math.round(next.tMs - tMs), "ms")}`}`;
  });
  return `${events.length} events; ${said.length === 0 ? "no fault" : said.join("; ")}.`;
}

/** Attempts of many clients that were cut at once, and how many of them were back. */
export function herdFigures(herd: Herd, arms: readonly { readonly id: string }[]): Figure[] {
  const bins = herd.arms.flatMap(({ arm, label, attempts }) =>
    attempts.map((count, bin) => ({ arm, label, count, from: bin * BIN_MS, to: (bin + 1) * BIN_MS })),
  );
  const back = herd.arms.map(({ arm, backMs, away }) => ({
    arm,
    steps: [{ at: 0, share: 0 }, ...backMs.map((at, index) => ({ at, share: ((index + 1) * 100) / (backMs.length + away) }))],
  }));
  const most = bins.reduce((left, { count }) => Math.max(left, count), 1);
  const attempts = draw(
    {
      height: 60 + 110 * herd.arms.length,
      marginRight: 12,
      x: { label: "ms since the cut", ticks: 5 },
      // Room above the highest bar for the name of the arm.
      y: { label: `attempts per ${BIN_MS} ms`, grid: true, ticks: 3, domain: [0, most * 1.3] },
      fy: { label: null, axis: null, domain: herd.arms.map(({ label }) => label) },
      marks: [
        Plot.rectY(bins, {
          x1: ({ from }: { from: number }) => from,
          x2: ({ to }: { to: number }) => to,
          y: ({ count }: { count: number }) => count,
          fy: ({ label }: { label: string }) => label,
          fill: ({ arm }: { arm: string }) => colourOf(arm, arms),
          insetLeft: 0.5,
          insetRight: 0.5,
        }),
        Plot.text(herd.arms, {
          fy: ({ label }: { label: string }) => label,
          text: ({ label }: { label: string }) => label,
          frameAnchor: "top-right",
        }),
        Plot.ruleY([0]),
      ],
    },
    "Attempts of the herd",
    herd.arms
      .map(
        (one) =>
          `${one.label}: ${Math.round(one.clients)} clients, at most ${formatValue(busiest(one), "count")} attempts in ${BIN_MS} ms.`,
      )
      .join(" "),
  );
  const returned = draw(
    {
      height: HEIGHT,
      x: { label: "ms since the cut", grid: true, ticks: 5 },
      y: { label: "clients that are back (%)", domain: [0, 100], grid: true, ticks: 5 },
      marks: [
        ...back.map(({ arm, steps }) =>
          Plot.line(steps, {
            x: ({ at }: { at: number }) => at,
            y: ({ share }: { share: number }) => share,
            curve: "step-after",
            stroke: colourOf(arm, arms),
            strokeWidth: 2,
            ...dashOf(arm),
          }),
        ),
        Plot.ruleY([0]),
      ],
    },
    "How the herd came back",
    herd.arms
      .map(
        (one) =>
          `${one.label}: ${[0.5, 0.95, 1].map((share) => `${share * 100} % after ${formatValue(backAt(one, share), "ms")}`).join(", ")}.`,
      )
      .join(" "),
  );
  return [
    { svg: attempts, caption: `Attempts to connect in each ${BIN_MS} ms after all clients were cut at once, a mean over blocks.` },
    { svg: returned, caption: "The share of clients that were back, over all blocks." },
  ];
}
