import type { ChainSaving } from "../../analysis/facts/index.ts";
import { formatNumber, MINUS, NARROW_SPACE } from "./format.ts";
import { shortVerdict } from "./verdicts.ts";

/** @param most settings that are said. @returns `null` where no chain was measured at a real pace */
export function chainSavingsSentence(savings: readonly ChainSaving[], most = Infinity): string | null {
  const said = savings.slice(0, most).map(savingWords);
  return said.length === 0 ? null : `With realistic model and tool latencies, WebSocket saves ${said.join("; ")}.`;
}

/** `31 ms of 65.2 s (0.05 %, 95 % interval 0.02 % to 0.08 %) in 20 turns at a real pace`, and the verdict where it does not matter. */
function savingWords({ condition, savedMs, ofMs, ratio, interval: { low, high }, verdict }: ChainSaving): string {
  const range = `${percent(1 - high)} to ${percent(1 - low)}`;
  const none = verdict.kind === "matters" ? "" : `, verdict: ${shortVerdict(verdict)}`;
  return `${formatNumber(savedMs)} ms of ${formatNumber(ofMs / 1000)} s (${percent(1 - ratio)}, 95${NARROW_SPACE}% interval ${range}) in ${condition}${none}`;
}

function percent(share: number): string {
  const value = share * 100;
  const size = Math.abs(value);
  return `${value < 0 ? MINUS : ""}${size.toFixed(size >= 10 ? 0 : size >= 1 ? 1 : 2)}${NARROW_SPACE}%`;
}
