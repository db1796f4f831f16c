import { markdownTable } from "./markdown-table.ts";
import { paragraph, plain, prose, table } from "./elements.ts";
import { escapeHtml, escapeMarkdown } from "./words/escape.ts";
import { MONEY, MONEY_COLUMNS, moneyRows, moneyWords, type Money } from "./words/money.ts";

/** What a report shows that is not of its run. */
export interface Beside {
  /** Where its raw results are, seen from the page. */
  readonly rawFile?: string;
  /** `null` where nobody has counted it. */
  readonly money?: Money | null;
}

/** Beside the answer, which is of time. */
export function moneySection(money: Money): string {
  const rows = moneyRows(money).map(([title = "", ...cells]) => [prose(title), ...cells.map(plain)]);
  return `<section class="money" aria-labelledby="money"><h2 id="money">${escapeHtml(MONEY.title)}</h2>${table(
    MONEY.caption,
    MONEY_COLUMNS.map((column, index) => (index === 0 ? prose(column) : plain(column))),
    rows,
  )}${moneyWords(money)
    .map((words) => paragraph(words))
    .join("")}</section>`;
}

export function moneyMarkdown(money: Money): string[] {
  return [
    `## ${MONEY.title}`,
    markdownTable([MONEY.caption, ...MONEY_COLUMNS.slice(1)], moneyRows(money)),
    moneyWords(money)
      .map((words) => `- ${escapeMarkdown(words)}`)
      .join("\n"),
  ];
}
