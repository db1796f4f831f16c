/** How figures are written, in sentences and tables alike. */
import type { ComparedArm, JsonInterval, RatioWithInterval, Reduction } from "../../analysis/facts/index.ts";
import type { Metric } from "../../results/schema.ts";
import type { Statistic } from "../../stats/index.ts";

export const MINUS = "\u2212";
export const NARROW_SPACE = "\u202F";
const EN_DASH = "\u2013";

export function armName(arm: ComparedArm): string {
  return arm === "ws" ? "WebSocket" : "SSE";
}

/** `p50`, `p99.9`, `mean`. */
export function statisticName(statistic: Statistic): string {
  return statistic === "mean" ? statistic : quantileName(statistic);
}

/** `p50`, `p99.9`. */
export function quantileName(quantile: number): string {
  return `p${Number((quantile * 100).toFixed(4))}`;
}

/** Three significant digits, thousands separated, and a true minus sign. */
export function formatNumber(value: number): string {
  const size = Math.abs(value);
  const decimals = size >= 100 || Number.isInteger(value) ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  const text = size.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  return value < 0 && Number(text.replaceAll(",", "")) !== 0 ? `${MINUS}${text}` : text;
}

const unitSuffix: Record<Metric["unit"], string> = { ms: "ms", bytes: "B", count: "", "per second": "/s", "µs of CPU": "µs" };

export function unitName(unit: Metric["unit"]): string {
  return unitSuffix[unit];
}

/** `2.31 ms`, `486 B`, `12 /s`; a dash for none. */
export function formatValue(value: number | null, unit: Metric["unit"]): string {
  if (value === null) return EN_DASH;
  return withUnit(formatNumber(value), unit);
}

/** `+0.42 ms`, `−355 B`. */
export function formatDifference(value: number, unit: Metric["unit"]): string {
  return withUnit(value > 0 ? `+${formatNumber(value)}` : formatNumber(value), unit);
}

export function formatRatio(ratio: number | null): string {
  if (ratio === null) return "∞";
  if (ratio >= 100) return formatNumber(ratio);
  return ratio.toFixed(ratio >= 10 ? 1 : ratio >= 0.1 ? 2 : 3);
}

/** `0.71–0.83`. */
export function formatInterval(interval: JsonInterval): string {
  const format = isNarrow(interval) ? formatFinely : formatRatio;
  return `${format(interval.low)}${EN_DASH}${format(interval.high)}`;
}

export function formatRatioWithInterval({ ratio, interval }: RatioWithInterval): string {
  if (ratio === null) return EN_DASH;
  return `${(isNarrow(interval) ? formatFinely : formatRatio)(ratio)} (${formatInterval(interval)})`;
}

/** Of a long wait a thousandth may be what there is, and known. */
function isNarrow({ low, high }: JsonInterval): boolean {
  return low !== null && high !== null && high - low > 0 && low > 0.99 && high < 1.01;
}

function formatFinely(ratio: number | null): string {
  return ratio === null ? formatRatio(ratio) : ratio.toFixed(4);
}

export function formatCount(count: number): string {
  return count.toLocaleString("en-US");
}

export function formatPercent(share: number): string {
  const percent = share * 100;
  const decimals = percent === 0 || percent >= 10 ? 0 : 1;
  return `${percent.toFixed(decimals)}${NARROW_SPACE}%`;
}

/** `1 setting`, `3 settings`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function listOf(parts: readonly string[]): string {
  return parts.length <= 1 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1) ?? ""}`;
}

/** How much lower the lower arm is, over several comparisons of one metric: `22 % (0.46 ms)`, `17–65 % (0.3–1.7 ms)`. */
export function formatReduction(reduction: Reduction, unit: Metric["unit"]): string {
  return `${formatShare(reduction)} (${withUnit(range(reduction.difference, formatNumber), unit)})`;
}

/** The share alone: `22 %`, `17–65 %`. */
export function formatShare({ share }: Pick<Reduction, "share">): string {
  const percent = range(share, (one) => (one > 0 && one < 0.005 ? (one * 100).toFixed(2) : String(Math.round(one * 100))));
  return `${percent}${NARROW_SPACE}%`;
}

/** From the smallest to the largest of some values: `2.31–4.10 ms`. */
export function formatRange(values: readonly number[], unit: Metric["unit"]): string {
  return values.length === 0 ? EN_DASH : withUnit(range({ low: Math.min(...values), high: Math.max(...values) }, formatNumber), unit);
}

function range({ low, high }: Reduction["share"], format: (value: number) => string): string {
  const [from, to] = [format(low), format(high)];
  return from === to ? from : `${from}${EN_DASH}${to}`;
}

function withUnit(text: string, unit: Metric["unit"]): string {
  const suffix = unitSuffix[unit];
  return suffix === "" ? text : `${text} ${suffix}`;
}

export function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
