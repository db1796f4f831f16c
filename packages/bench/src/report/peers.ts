/** The part of a setting that is about what people use today. */
import type { ConditionAnalysis, PeerComparison, ScenarioAnalysis } from "../analysis/index.ts";
import { isPeer } from "../analysis/peers.ts";
import type { Metric, ScenarioResult } from "../results/schema.ts";
import { chip, faultCell, figures, legend, paragraph, plain, prose, table, type Cell } from "./elements.ts";
import { escapeMarkdown } from "./words/escape.ts";
import { markdownTable } from "./markdown-table.ts";
import { ecdfFigure } from "./plots/distribution.ts";
import { timelineFigure } from "./plots/timeline.ts";
import { formatCount, plural } from "./words/format.ts";
import { hasPeers, peerColumns, peerRow, PEERS_TITLE, peerTextColumns, peerTextRows, withoutFigures } from "./words/peers.ts";
import { peerVerdictReasons, peerVerdictWords, shortPeerVerdict } from "./words/verdicts.ts";

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
    `<h5>${PEERS_TITLE}</h5>`,
    ...withoutFigures(peers).map((sentence) => paragraph(sentence, "rest")),
    drawn.length === 0 ? "" : legend(ecdf === undefined ? asked : shown.arms) + figures(drawn),
    rows.length === 0
      ? ""
      : table(
          `${caption}, ${plural(groups, "pair group")}`,
          peerColumns.map((name, index) => (index === peerColumns.length - 1 ? prose(name) : plain(name))),
          rows,
        ),
    peers.text.length === 0
      ? ""
      : table(
          `${caption}, the text`,
          peerTextColumns(peers).map(plain),
          peerTextRows(peers, (count) => plain(formatCount(count)), faultCell).map(([label, ...cells]) => [plain(label), ...cells]),
        ),
  ].join("");
}

function verdictCell({ verdict, beside }: PeerComparison): Cell {
  const said = chip(verdict.kind === "matters" && verdict.lower === "ours" ? beside : "none", shortPeerVerdict(verdict));
  const reasons = peerVerdictReasons(verdict);
  return { html: reasons === "" ? said : `${said}<br><span class="reason">${plain(reasons).html}</span>`, text: true };
}

export function peersMarkdown(analysed: ConditionAnalysis, scenario: ScenarioAnalysis): string[] {
  const { peers } = analysed;
  if (!hasPeers(peers)) return [];
  const rows = rowsOf(analysed, scenario, (comparison, metric) => [...peerRow(comparison, metric), peerVerdictWords(comparison.verdict)]);
  return [
    `#### ${PEERS_TITLE}`,
    ...withoutFigures(peers).map(escapeMarkdown),
    ...(rows.length === 0 ? [] : [markdownTable(peerColumns, rows)]),
    ...(peers.text.length === 0 ? [] : [markdownTable(peerTextColumns(peers), peerTextRows(peers, formatCount, formatCount))]),
  ];
}
