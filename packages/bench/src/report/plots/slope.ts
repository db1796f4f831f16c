import * as Plot from "@observablehq/plot";
import type { SlopePoint, SlopeSet } from "../../analysis/facts/index.ts";
import { bytesWords, factorWords } from "../words/memory.ts";
import { colourOf, dashOf, draw, type Figure } from "./draw.ts";

const MIB = 2 ** 20;

/** Each block's memory against how many there were, with the line whose slope is what one more costs. */
export function slopeFigure({ value, factor, slopes }: SlopeSet, arms: readonly { readonly id: string }[]): Figure {
  const most = slopes.flatMap(({ points }) => points.map(({ x }) => x)).reduce((left, right) => Math.max(left, right), 0);
  const svg = draw(
    {
      x: { label: factorWords(factor), grid: true, ticks: 5 },
      y: { label: `${factorWords(value)} (MiB)`, grid: true, ticks: 5 },
      marks: slopes.flatMap(({ arm, points, slope, intercept }) => [
        Plot.dot(points, { x: ({ x }: SlopePoint) => x, y: ({ y }: SlopePoint) => y / MIB, r: 3, stroke: colourOf(arm, arms) }),
        Plot.line(
          [0, most].map((x) => [x, (intercept + slope * x) / MIB]),
          { stroke: colourOf(arm, arms), strokeWidth: 2, ...dashOf(arm) },
        ),
      ]),
    },
    `${factorWords(value)} against ${factorWords(factor)}`,
    slopes.map(({ label, slope, points }) => `${label}: ${bytesWords(slope)} for each one more, of ${points.length} blocks.`).join(" "),
  );
  return { svg, caption: "A dot for each block, and the line of least squares: its slope is what one more costs." };
}
