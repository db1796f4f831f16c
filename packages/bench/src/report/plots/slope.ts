import * as Plot from "@observablehq/plot";
import type { SlopePoint, SlopeSet } from "../../analysis/facts/index.ts";
import { factorWords } from "../words/memory.ts";
import { slopeWords } from "../words/plots.ts";
import { colourOf, dashOf, draw, type Figure } from "./draw.ts";

const MIB = 2 ** 20;

/** Each block's memory against how many there were, with the line whose slope is what one more costs. */
export function slopeFigure(set: SlopeSet, arms: readonly { readonly id: string }[]): Figure {
  const { value, factor, slopes } = set;
  const words = slopeWords(set);
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
    words,
  );
  return { svg, caption: words.caption };
}
