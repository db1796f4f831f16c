/** What people use today beside ours: the same rows in every form of a report. */
import type { PeerAnalysis, PeerComparison, PeerText } from "../../analysis/facts/index.ts";
import type { Metric } from "../../results/schema.ts";
import { armName, formatCount, formatDifference, formatRatioWithInterval, formatValue, listOf, plural, statisticName } from "./format.ts";

export const PEERS_TITLE = "Beside what people use today";
/** Which way round, wherever such a ratio stands. */
export const PEER_RATIO = "ours ÷ peer (95 %)";

export function hasPeers({ comparisons, text, notAsked }: PeerAnalysis): boolean {
  return comparisons.length + text.length + notAsked.length > 0;
}

/** The ratio first: on a phone the others are scrolled to. */
export const peerColumns = ["", PEER_RATIO, "ours", "the peer’s", "difference", "verdict"];

/** All but the verdict, in words. */
export function peerRow({ label, beside, statistic, theirs, ours, effect }: PeerComparison, { label: name, unit }: Metric): string[] {
  return [
    `${label}: ${name}, ${statisticName(statistic)}`,
    effect === null ? "–" : formatRatioWithInterval(effect),
    `${ours === null ? "too few samples" : formatValue(ours, unit)} (${armName(beside)})`,
    theirs === null ? "too few samples" : formatValue(theirs, unit),
    effect === null ? "–" : formatDifference(effect.difference, unit),
  ];
}

export function peerTextColumns({ text }: PeerAnalysis): string[] {
  const faults = text.some((one) => one.faults > 0) ? ["faults", "no token after"] : [];
  return ["what its application showed", "lost", "repeated", "reordered", "tokens sent", "tokens shown", "blocks", ...faults];
}

export function peerTextRows<Shown>(
  analysis: PeerAnalysis,
  counted: (count: number) => Shown,
  fault: (count: number) => Shown,
): [string, ...Shown[]][] {
  const withFaults = analysis.text.some((one) => one.faults > 0);
  return analysis.text.map(({ label, blocks, expected, received, lost, repeated, reordered, faults, unanswered }) => [
    label,
    ...[lost, repeated, reordered].map(fault),
    ...[expected, received, blocks].map(counted),
    ...(withFaults ? [counted(faults), fault(unanswered)] : []),
  ]);
}

/** Why there is no figure: it never came back. `null` where it always did. */
export function neverBack({ faults, unanswered }: PeerText): string | null {
  return unanswered === 0 ? null : `no new token arrived after ${formatCount(unanswered)} of ${plural(faults, "fault")}`;
}

/** What has no figures, and why: one sentence for each reason. */
export function withoutFigures({ notAsked, text }: PeerAnalysis): string[] {
  return [
    ...[...Map.groupBy(text, neverBack)].flatMap(([words, ones]) =>
      words === null ? [] : [`${listOf(ones.map(({ label }) => label))}: ${words}.`],
    ),
    ...[...Map.groupBy(notAsked, ({ reason }) => reason)].map(
      ([reason, ones]) => `Not measured for ${listOf(ones.map(({ label }) => label))}: ${reason}`,
    ),
  ];
}
