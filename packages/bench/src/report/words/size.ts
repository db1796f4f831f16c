import type { Size, Verdict } from "../../analysis/facts/index.ts";
import type { Metric } from "../../results/schema.ts";
import { formatInterval, formatNumber, formatPercent, formatValue, listOf, unitName } from "./format.ts";
import { TOO_SMALL_WORDS } from "./verdicts.ts";

/** `−3.65 to −2.92 ms, of 50 ms`: the 90 % interval, and what would matter; and where another size would make another verdict of it, which. */
export function sizeWords(size: Size, { kind }: Pick<Verdict, "kind">, metric: Metric): string {
  const others = size.others.filter((other) => other.verdict !== kind);
  const said = others.map((other) => `at ${formatValue(other.smallest, metric.unit)}: ${otherWords[other.verdict]}`);
  return `${intervalWords(size, metric)}, of ${smallestWords(size, metric)}${said.length === 0 ? "" : ` (${said.join("; ")})`}`;
}

const otherWords: Readonly<Record<Size["others"][number]["verdict"], string>> = {
  matters: "it matters",
  "too-small": TOO_SMALL_WORDS,
  equivalent: "equivalent",
  undecided: "undecided",
  constant: "the same",
};

function intervalWords({ scale, interval }: Size, { unit }: Metric): string {
  if (interval === null) return "no ratio";
  if (scale === "ratio") return formatInterval(interval);
  const [low, high] = [interval.low, interval.high].map((end) => (end === null ? "∞" : formatNumber(end)));
  return low === high ? `${low} ${unitName(unit)}`.trimEnd() : `${low} to ${high} ${unitName(unit)}`.trimEnd();
}

/** What would matter: `50 ms`, `5 % and 50 ms`, `any`. */
export function smallestWords({ scale, smallest, atLeastMs }: Size, { unit }: Pick<Metric, "unit">): string {
  if (scale === "unit") return smallest === 0 ? "any" : formatValue(smallest, unit);
  return listOf([formatPercent(smallest), ...(atLeastMs === null ? [] : [formatValue(atLeastMs, "ms")])]);
}
