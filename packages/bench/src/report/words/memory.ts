import type { JsonInterval } from "../../analysis/facts/index.ts";
import { formatNumber } from "./format.ts";

/** `residentBytes` → `resident bytes`. */
export function factorWords(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/[-_]/g, " ")
    .toLowerCase();
}

/** `12.3 KiB`, with a true minus sign. */
export function bytesWords(bytes: number): string {
  const size = Math.abs(bytes);
  const [scale, unit] = size >= 2 ** 20 ? [2 ** 20, "MiB"] : size >= 1024 ? [1024, "KiB"] : [1, "B"];
  return `${formatNumber(bytes / scale)} ${unit}`;
}

export function bytesIntervalWords({ low, high }: JsonInterval): string {
  return low === null || high === null ? "–" : `${bytesWords(low)} to ${bytesWords(high)}`;
}
