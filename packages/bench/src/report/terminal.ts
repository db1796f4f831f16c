import { stripVTControlCharacters, styleText } from "node:util";
import { headlines } from "../analysis/headline.ts";
import type { Analysis, Verdict } from "../analysis/index.ts";
import type { Results } from "../results/schema.ts";
import { sessionKinds } from "../sessions/kinds.ts";
import { adviceCell } from "../sessions/sessions.ts";
import type { Report } from "./build.ts";
import { claimsText } from "./claims.ts";
import { NOT_ASKED } from "../results/names.ts";
import { answerSentences } from "./words/answer.ts";
import { comparisonRow } from "./words/comparison.ts";
import { plural } from "./words/format.ts";
import { missingOf } from "./words/missing-sessions.ts";
import { ANSWER } from "./words/page.ts";
import { neverBack, PEER_RATIO, PEERS_TITLE, peerRow } from "./words/peers.ts";
import { changeSentence } from "./words/session-changes.ts";
import { savingSentence, takeWords } from "./words/sessions.ts";
import { busyWords } from "./words/totals.ts";
import { shortPeerVerdict, shortVerdict } from "./words/verdicts.ts";

export interface TerminalOptions {
  readonly colour: boolean;
  /** Columns. */
  readonly width: number;
}

type Paint = (style: Parameters<typeof styleText>[0], text: string) => string;

/** The headline of each scenario, what to take, and what else there is to say. */
export function renderTerminal(_results: Results, report: Report, options: TerminalOptions): string {
  const paint: Paint = (style, text) => (options.colour ? styleText(style, text, { validateStream: false }) : text);
  const wrapped = (sentence: string): string[] => wrap(sentence, Math.min(options.width, 110));
  const wrappedBehind = (sentence: string, indent: string): string[] =>
    wrap(sentence, Math.min(options.width, 110) - indent.length).map((line) => `${indent}${line}`);
  const rows: string[][] = [["", "SSE", "WebSocket", "WebSocket ÷ SSE", ""].map((text) => paint("dim", text))];
  // On a terminal, one line for all that was not asked for: the page has each with its reason.
  const asked = report.scenarios.filter(({ notRun }) => notRun !== NOT_ASKED);
  const others = report.scenarios.filter(({ notRun }) => notRun === NOT_ASKED).map(({ name }) => name);
  for (const scenario of asked) {
    rows.push([paint("bold", scenario.title), "", "", "", scenario.notRun === null ? "" : paint("dim", `not run: ${scenario.notRun}`)]);
    for (const { condition, metric, comparison } of headlines(scenario)) {
      const words = comparisonRow(comparison, metric, scenario);
      const value = (arm: string): string => words[1 + scenario.arms.findIndex(({ id }) => id === arm)] ?? "–";
      rows.push([
        `  ${condition.label}`,
        value("sse"),
        value("ws"),
        words[1 + scenario.arms.length] ?? "–",
        paintVerdict(comparison.verdict, paint),
      ]);
    }
    // As short as can be: the page has each with its reason.
    const left = scenario.conditions.flatMap(({ condition: { label, notRun } }) => (notRun === undefined ? [] : [{ label, notRun }]));
    for (const [reason, [first, ...more]] of Map.groupBy(left, ({ notRun }) => notRun)) {
      const name = more.length === 0 ? (first?.label ?? "") : plural(more.length + 1, "more setting");
      rows.push([`  ${name}`, "", "", "", paint("dim", `not run: ${reason}`)]);
    }
  }
  const lines = aligned(rows);
  const peers = peerRows(asked, paint);
  if (peers.length > 0) lines.push("", ...aligned(peers));
  if (others.length > 0) lines.push("", ...wrapped(`Not asked for: ${others.join(", ")}.`));
  const busy = busyWords(report);
  const warning = busy === null ? [] : [...wrapped(busy).map((line) => paint("bold", line)), ""];
  return [
    "",
    ...warning,
    ...lines,
    "",
    ...sessionLines(report.sessions, options.width, paint),
    "",
    ...claimsText(report, wrappedBehind, (text) => paint("bold", text)),
    "",
    ...answerSentences(report).flatMap(wrapped),
    "",
  ].join("\n");
}

/** Two lines for each kind of session, cut at the screen's edge: the page has all of it. */
function sessionLines(sessions: Report["sessions"], width: number, paint: Paint): string[] {
  const shown = (text: string): string => (text.length <= width ? text : `${text.slice(0, width - 1)}…`);
  return sessionKinds.flatMap((kind) => {
    const advice = sessions.advice.find((one) => one.kind === kind.id);
    const cell = adviceCell(kind, sessions);
    const [left] = missingOf(kind, sessions.cells);
    if (advice === undefined || cell === undefined)
      return [paint("bold", `${kind.title}: not measured.`), ...(left === undefined ? [] : [paint("dim", `  ${left.command}`)])];
    const colour = cell.choice === "sse" ? "blue" : cell.choice === "ws" ? "yellow" : "dim";
    const take = takeWords(advice);
    const before = `${kind.title}: ${take}`;
    const rest = shown(`${before}. ${savingSentence(cell, kind)}`).slice(before.length);
    const change = shown(`  ${ANSWER.change} ${changeSentence(kind, sessions)}`);
    return [`${paint("bold", kind.title)}: ${paint(colour, take)}${rest}`, paint("dim", change)];
  });
}

/** The headline of each setting beside each peer. */
function peerRows(scenarios: Analysis["scenarios"], paint: Paint): string[][] {
  const rows = scenarios.flatMap((scenario) => {
    const metric = scenario.metrics[0];
    const found = scenario.conditions.flatMap(({ condition, peers: { comparisons, text } }) => [
      ...comparisons
        .filter((one) => metric !== undefined && one.metric === metric.id && one.statistic === metric.quantiles[0])
        .map((one) => {
          const [, ratio = "", ours = "", theirs = ""] = metric === undefined ? [] : peerRow(one, metric);
          return [`  ${condition.label}: ${one.label}`, ours, theirs, ratio, paint("dim", shortPeerVerdict(one.verdict))];
        }),
      ...text.flatMap((one) => {
        const words = neverBack(one);
        return words === null ? [] : [[`  ${condition.label}: ${one.label}`, "", "", "", paint("dim", words)]];
      }),
    ]);
    return found.length === 0 ? [] : [[paint("bold", scenario.title), "", "", "", ""], ...found];
  });
  return rows.length === 0 ? [] : [[PEERS_TITLE, "ours", "the peer’s", PEER_RATIO, ""].map((text) => paint("dim", text)), ...rows];
}

/** The last of five columns is of any length. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => lengthOf(row[column] ?? ""))));
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const pad = " ".repeat(Math.max(0, (widths[column] ?? 0) - lengthOf(cell)));
        return column === 0 || column === 4 ? cell + (column === 0 ? pad : "") : pad + cell;
      })
      .join("  ")
      .trimEnd(),
  );
}

function paintVerdict(verdict: Verdict, paint: Paint): string {
  return paint(verdict.kind !== "matters" ? "dim" : verdict.lower === "sse" ? "blue" : "yellow", shortVerdict(verdict));
}

function lengthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + word.length + 1 > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
