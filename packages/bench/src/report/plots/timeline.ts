import * as Plot from "@observablehq/plot";
import type { Herd } from "../../analysis/facts/index.ts";
import { BIN_MS, isHerd } from "../../analysis/herd.ts";
import type { Mark, ScenarioResult } from "../../results/schema.ts";
import { attemptsWords, returnWords, timelineWords } from "../words/plots.ts";
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
  const words = timelineWords(blocks.map(({ arm, marks }) => ({ label: arm.label, marks })));
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
    words,
  );
  return { svg, caption: words.caption };
}

/** Attempts of many clients that were cut at once, and how many of them were back. */
export function herdFigures(herd: Herd, arms: readonly { readonly id: string }[]): Figure[] {
  const bins = herd.arms.flatMap(({ arm, label, attempts }) =>
    attempts.map((count, bin) => ({ arm, label, count, from: bin * BIN_MS, to: (bin + 1) * BIN_MS })),
  );
  const lines = herd.arms.map(({ arm, backMs, away }) => ({
    arm,
    steps: [{ at: 0, share: 0 }, ...backMs.map((at, index) => ({ at, share: ((index + 1) * 100) / (backMs.length + away) }))],
  }));
  const attempted = attemptsWords(herd);
  const back = returnWords(herd);
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
    attempted,
  );
  const returned = draw(
    {
      height: HEIGHT,
      x: { label: "ms since the cut", grid: true, ticks: 5 },
      y: { label: "clients reconnected (%)", domain: [0, 100], grid: true, ticks: 5 },
      marks: [
        ...lines.map(({ arm, steps }) =>
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
    back,
  );
  return [
    { svg: attempts, caption: attempted.caption },
    { svg: returned, caption: back.caption },
  ];
}
