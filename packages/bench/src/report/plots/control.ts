import * as Plot from "@observablehq/plot";
import type { ControlSummary } from "../../analysis/facts/index.ts";
import { controlWords } from "../words/plots.ts";
import { draw, type Figure } from "./draw.ts";

/** Fewer tell nothing that their count does not. */
const LEAST = 5;

/** The p-values of the A/A comparisons against those that chance gives at their ranks. @returns nothing where there are too few */
export function controlFigure(control: ControlSummary): Figure[] {
  const { quantiles } = control;
  if (quantiles.length < LEAST) return [];
  const words = controlWords(control);
  const ends = [0, 1];
  const svg = draw(
    {
      x: { label: "expected by chance", domain: ends, grid: true, ticks: 5 },
      y: { label: "p-value", domain: ends, grid: true, ticks: 5 },
      marks: [
        Plot.line(
          ends.map((end) => [end, end]),
          { stroke: "currentColor", strokeDasharray: "2 3" },
        ),
        Plot.dot(quantiles, { x: "expected", y: "observed", r: 2.5, stroke: "var(--floor)" }),
      ],
    },
    words,
  );
  return [{ svg, caption: words.caption }];
}
