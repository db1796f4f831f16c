import { extremes } from "../../analysis/evidence.ts";
import type { ClaimEvidence } from "../../analysis/facts/index.ts";
import { formatRatioWithInterval } from "./format.ts";

/** The lowest and the highest effect behind a claim, each with its interval and setting. */
export function effectWords(evidence: readonly ClaimEvidence[], number: number): string {
  const own = evidence.find((one) => one.number === number);
  const effects = own === undefined ? [] : extremes(own).map((point) => `${formatRatioWithInterval(point)} ${point.condition}`);
  return effects.join("; ") || "–";
}
