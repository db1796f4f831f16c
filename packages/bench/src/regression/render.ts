import { formatPercent, formatValue, plural, quantileName } from "../report/words/format.ts";
import { escapeMarkdown } from "../report/words/escape.ts";
import { markdownTable } from "../report/markdown-table.ts";
import type { Figure, RunComparison } from "./schema.ts";

const outcomeWords: Readonly<Record<Figure["outcome"], string>> = {
  regression: "regression",
  worse: "worse, within the threshold",
  noise: "within noise",
  improvement: "improvement",
  "not-compared": "not compared",
};

const ORDER: readonly Figure["outcome"][] = ["regression", "worse", "improvement", "noise", "not-compared"];

/** For a pull request: the verdict, then what became worse first. */
export function renderComparison(comparison: RunComparison): string {
  const { before, after, figures, faults, leftOut, level } = comparison;
  const rows = figures
    .toSorted((left, right) => ORDER.indexOf(left.outcome) - ORDER.indexOf(right.outcome))
    .map((one) => [
      `${one.scenario}/${one.metric}/${quantileName(one.quantile)}`,
      one.condition,
      one.arm,
      valueOf(one, one.before),
      valueOf(one, one.after),
      changeWords(one),
      one.reason === null ? outcomeWords[one.outcome] : `not compared: ${one.reason}`,
    ]);
  const hiding = figures.filter(({ couldHide, outcome }) => couldHide && outcome === "noise").length;
  const parts = [
    `## ${headline(comparison)}`,
    escapeMarkdown(
      `${before.file} (${before.startedAt}, ${shortCommit(before.commit)}) → ${after.file} (${after.startedAt}, ${shortCommit(after.commit)}).`,
    ),
    markdownTable(["figure", "setting", "arm", "before", "after", `change (${formatPercent(level)} interval)`, ""], rows),
    ...faults.map((one) =>
      escapeMarkdown(
        `${one.scenario}, ${one.arm}: ${plural(one.after, "event")} lost, repeated or reordered after the change, ${one.before} before.`,
      ),
    ),
    ...(hiding === 0
      ? []
      : [
          `${plural(hiding, "figure")} within noise could still hide a regression as large as its threshold. Measure more pair groups (--standard) to tell.`,
        ]),
    ...(leftOut.length === 0
      ? []
      : [escapeMarkdown(`Left out: ${leftOut.map(({ scenario, reason }) => `${scenario} (${reason})`).join("; ")}.`)]),
    "A change is outside noise where its interval excludes no change. The intervals come from a bootstrap of whole pair groups, and together they cover with 95 %.",
  ];
  return `${parts.join("\n\n")}\n`;
}

function headline({ figures, faults, outcome }: RunComparison): string {
  const count = (kind: Figure["outcome"]): number => figures.filter((one) => one.outcome === kind).length;
  const worse = faults.filter((one) => one.after > one.before).length;
  if (outcome === "pass")
    return `No regression: ${plural(figures.length - count("not-compared"), "figure")} compared, ${count("improvement")} better`;
  const said = [
    ...(count("regression") > 0 ? [plural(count("regression"), "figure") + " worse by more than the threshold"] : []),
    ...(worse > 0 ? ["more events lost, repeated or reordered"] : []),
  ];
  return `Regression: ${said.join("; ")}`;
}

function valueOf({ unit }: Figure, value: number | null): string {
  return unit === "" ? formatValue(value, "count") : `${formatValue(value, "count")}${value === null ? "" : ` ${unit}`}`;
}

function changeWords({ ratio, ratioInterval, difference, differenceInterval }: Figure): string {
  if (ratio !== null && ratioInterval !== null)
    return `${signed(ratio - 1)} (${signed(ratioInterval.low - 1)} to ${signed(ratioInterval.high - 1)})`;
  if (difference === null || differenceInterval === null) return "–";
  return `${formatValue(difference, "count")} (${formatValue(differenceInterval.low, "count")} to ${formatValue(differenceInterval.high, "count")})`;
}

function signed(share: number): string {
  return `${share > 0 ? "+" : share < 0 ? "−" : "±"}${formatPercent(Math.abs(share))}`;
}

function shortCommit(commit: string | null): string {
  return commit === null ? "no commit" : commit.slice(0, 12);
}
