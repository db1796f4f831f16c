/** What people use today beside ours: the same rows in every form of a report. */
import {
  armName,
  formatCount,
  formatDifference,
  formatRatioWithInterval,
  formatValue,
  listOf,
  plural,
  quantileName,
} from "../analysis/format.ts";
import type { ConditionAnalysis, PeerAnalysis, PeerComparison, PeerText, PeerVerdict, ScenarioAnalysis } from "../analysis/index.ts";
import { isPeer } from "../analysis/peers.ts";
import type { Metric, ScenarioResult } from "../results/schema.ts";
import { chip, faultCell, figures, legend, paragraph, plain, prose, table, type Cell } from "./elements.ts";
import { escapeMarkdown } from "./escape.ts";
import { markdownTable } from "./markdown-table.ts";
import { ecdfFigure } from "./plots/distribution.ts";
import { timelineFigure } from "./plots/timeline.ts";
import { shortVerdict, verdictReasons, verdictWords } from "./words.ts";

export const PEERS_TITLE = "Beside what people use today";
/** Which way round, wherever such a ratio stands. */
export const PEER_RATIO = "ours ÷ peer (95 %)";

export function hasPeers({ comparisons, text, notAsked }: PeerAnalysis): boolean {
  return comparisons.length + text.length + notAsked.length > 0;
}

function peerVerdictWords(verdict: PeerVerdict): string {
  return verdict.kind === "lower" ? `${verdict.side} lower` : verdictWords(verdict);
}

/** The same without its reasons. */
export function shortPeerVerdict(verdict: PeerVerdict): string {
  return verdict.kind === "lower" ? peerVerdictWords(verdict) : shortVerdict(verdict);
}

/** The ratio first: on a phone the others are scrolled to. */
const comparisonColumns = ["", PEER_RATIO, "ours", "the peer’s", "difference", "verdict"];

/** All but the verdict, in words. */
export function peerRow({ label, beside, quantile, theirs, ours, effect }: PeerComparison, { label: name, unit }: Metric): string[] {
  return [
    `${label}: ${name}, ${quantileName(quantile)}`,
    effect === null ? "–" : formatRatioWithInterval(effect),
    `${ours === null ? "too few samples" : formatValue(ours, unit)} (${armName(beside)})`,
    theirs === null ? "too few samples" : formatValue(theirs, unit),
    effect === null ? "–" : formatDifference(effect.difference, unit),
  ];
}

function rowsOf<Row>(
  { peers }: ConditionAnalysis,
  { metrics }: ScenarioAnalysis,
  row: (comparison: PeerComparison, metric: Metric) => Row,
): Row[] {
  return peers.comparisons.flatMap((comparison) => {
    const metric = metrics.find(({ id }) => id === comparison.metric);
    return metric === undefined ? [] : [row(comparison, metric)];
  });
}

function textColumns({ text }: PeerAnalysis): string[] {
  const faults = text.some((one) => one.faults > 0) ? ["faults", "nothing new after"] : [];
  return ["what its application showed", "lost", "repeated", "reordered", "tokens said", "shown", "blocks", ...faults];
}

function textRows<Shown>(
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
  return unanswered === 0 ? null : `nothing new came after ${formatCount(unanswered)} of ${plural(faults, "fault")}`;
}

/** What has no figures, and why: one sentence for each reason. */
function withoutFigures({ notAsked, text }: PeerAnalysis): string[] {
  return [
    ...[...Map.groupBy(text, neverBack)].flatMap(([words, ones]) =>
      words === null ? [] : [`${listOf(ones.map(({ label }) => label))}: ${words}.`],
    ),
    ...[...Map.groupBy(notAsked, ({ reason }) => reason)].map(
      ([reason, ones]) => `Not asked of ${listOf(ones.map(({ label }) => label))}: ${reason}`,
    ),
  ];
}

/** The part of a setting that is about peers; empty where a run was not asked for them. */
export function peersHtml(analysed: ConditionAnalysis, scenario: ScenarioAnalysis, result: ScenarioResult): string {
  const { condition, peers } = analysed;
  if (!hasPeers(peers)) return "";
  const [metric] = scenario.metrics;
  const asked = result.arms.filter((arm) => isPeer(arm) && peers.text.some(({ arm: id }) => id === arm.id));
  const shown: ScenarioResult = { ...result, arms: [...result.arms.filter(({ id }) => id === "sse" || id === "ws"), ...asked] };
  const timeline = timelineFigure({ ...result, arms: asked }, condition.id);
  const ecdf = metric === undefined || peers.comparisons.length === 0 ? undefined : ecdfFigure(shown, condition.id, metric);
  const drawn = [ecdf, timeline].filter((figure) => figure !== undefined);
  const rows = rowsOf(analysed, scenario, (comparison, of): Cell[] => [...peerRow(comparison, of).map(plain), verdictCell(comparison)]);
  const groups = Math.max(0, ...peers.comparisons.map((comparison) => comparison.groups));
  const caption = `${scenario.title}, ${condition.label}: ${PEERS_TITLE.toLowerCase()}`;
  return [
    `<h4>${PEERS_TITLE}</h4>`,
    ...withoutFigures(peers).map((sentence) => paragraph(sentence, "rest")),
    drawn.length === 0 ? "" : legend(ecdf === undefined ? asked : shown.arms) + figures(drawn),
    rows.length === 0
      ? ""
      : table(
          `${caption}, ${plural(groups, "pair group")}`,
          comparisonColumns.map((name, index) => (index === comparisonColumns.length - 1 ? prose(name) : plain(name))),
          rows,
        ),
    peers.text.length === 0
      ? ""
      : table(
          `${caption}, the text`,
          textColumns(peers).map(plain),
          textRows(peers, (count) => plain(formatCount(count)), faultCell).map(([label, ...cells]) => [plain(label), ...cells]),
        ),
  ].join("");
}

function verdictCell({ verdict, beside }: PeerComparison): Cell {
  const said = chip(verdict.kind === "lower" && verdict.side === "ours" ? beside : "none", shortPeerVerdict(verdict));
  const reasons = verdict.kind === "lower" ? "" : verdictReasons(verdict);
  return { html: reasons === "" ? said : `${said}<br><span class="reason">${plain(reasons).html}</span>`, text: true };
}

export function peersMarkdown(analysed: ConditionAnalysis, scenario: ScenarioAnalysis): string[] {
  const { peers } = analysed;
  if (!hasPeers(peers)) return [];
  const rows = rowsOf(analysed, scenario, (comparison, metric) => [...peerRow(comparison, metric), peerVerdictWords(comparison.verdict)]);
  return [
    `#### ${PEERS_TITLE}`,
    ...withoutFigures(peers).map(escapeMarkdown),
    ...(rows.length === 0 ? [] : [markdownTable(comparisonColumns, rows)]),
    ...(peers.text.length === 0 ? [] : [markdownTable(textColumns(peers), textRows(peers, formatCount, formatCount))]),
  ];
}
