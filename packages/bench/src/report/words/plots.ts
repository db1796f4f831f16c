/** Titles, captions and descriptions of the plots: what an eye takes from a plot, for those who hear it. */
import { busiest, backAt, BIN_MS } from "../../analysis/herd.ts";
import type { ControlSummary, Herd, SlopeSet } from "../../analysis/facts/index.ts";
import type { Mark, Metric } from "../../results/schema.ts";
import { formatNumber, formatValue } from "./format.ts";
import { bytesWords, factorWords } from "./memory.ts";

export interface PlotWords {
  readonly title: string;
  readonly description: string;
  readonly caption: string;
}

/** @param figures the values at some quantiles, in words */
export function distributionWords({ label }: Metric, figures: string): PlotWords {
  return {
    title: `${label}: distribution`,
    description: `Share of samples at or below each value. ${figures}`,
    caption: `${label}: the share of samples at or below each value, with a 95 % band.`,
  };
}

/** @param figures the values at some quantiles, in words */
export function quantilesWords({ label }: Metric, figures: string): PlotWords {
  return {
    title: `${label}: quantiles`,
    description: `Value at each quantile, up to where ten samples lie beyond. ${figures}`,
    caption: `${label} at each quantile, up to where ten samples lie beyond, with a 95 % band.`,
  };
}

export function slopeWords({ value, factor, slopes }: SlopeSet): PlotWords {
  return {
    title: `${factorWords(value)} against ${factorWords(factor)}`,
    description: slopes
      .map(({ label, slope, points }) => `${label}: ${bytesWords(slope)} for each one more, of ${points.length} blocks.`)
      .join(" "),
    caption: "A dot for each block, and the line of least squares: its slope is what one more costs.",
  };
}

/** @param blocks one of each transport */
export function timelineWords(blocks: readonly { readonly label: string; readonly marks: readonly Mark[] }[]): PlotWords {
  return {
    title: "Timeline of the faults and recoveries",
    description: blocks.map(({ label, marks }) => `${label}: ${marksWords(marks)}`).join(" "),
    caption: "One block of each. Tick: an event received. Bar: a fault. Ring: connecting. Dot: open.",
  };
}

/** In the order of time: each fault, and how long until the next event. */
function marksWords(marks: readonly Mark[]): string {
  const events = marks.filter(({ kind }) => kind === "event");
  const faults = marks.filter(({ kind }) => kind === "fault");
  const said = faults.map(({ tMs, label }) => {
    const next = events.find((event) => event.tMs > tMs);
    return `${label ?? "fault"} at ${formatValue(Math.round(tMs), "ms")}, ${next === undefined ? "no event after it" : `next event after ${formatValue(Math.round(next.tMs - tMs), "ms")}`}`;
  });
  return `${events.length} events; ${said.length === 0 ? "no fault" : said.join("; ")}.`;
}

export function attemptsWords({ arms }: Herd): PlotWords {
  return {
    title: "Attempts to connect after the cut",
    description: arms
      .map(
        (one) =>
          `${one.label}: ${Math.round(one.clients)} clients, at most ${formatValue(busiest(one), "count")} attempts in ${BIN_MS} ms.`,
      )
      .join(" "),
    caption: `Attempts to connect in each ${BIN_MS} ms after all clients were cut at once, a mean over blocks.`,
  };
}

export function returnWords({ arms }: Herd): PlotWords {
  return {
    title: "Clients reconnected after the cut",
    description: arms
      .map(
        (one) =>
          `${one.label}: ${[0.5, 0.95, 1].map((share) => `${share * 100} % after ${formatValue(backAt(one, share), "ms")}`).join(", ")}.`,
      )
      .join(" "),
    caption: "The share of clients that had reconnected, over all blocks.",
  };
}

export function controlWords({ quantiles }: Pick<ControlSummary, "quantiles">): PlotWords {
  const middle = quantiles[Math.floor(quantiles.length / 2)];
  const below = quantiles.filter(({ expected, observed }) => observed < expected).length;
  return {
    title: "The control: p-values against chance",
    description: `${quantiles.length} comparisons of a transport with itself. ${below} have a lower p-value than chance gives at their rank. The middle one has ${formatNumber(middle?.observed ?? Number.NaN)}, where chance gives ${formatNumber(middle?.expected ?? Number.NaN)}.`,
    caption:
      "A dot for each comparison of a transport with itself: its p-value, against what chance gives at its rank. On the line, the errors are right. Below it, they are too small.",
  };
}
