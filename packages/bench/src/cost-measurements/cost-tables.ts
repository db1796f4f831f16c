import { costTerms, type CostTerm } from "../cost/session-cost.ts";
import { AGENT, VOICE } from "../cost/sessions.ts";
import type { FigureTable } from "../rounds/figures.ts";
import type { ArmFigures, CostFigures } from "./cost-figures.ts";

const heads: Readonly<Record<CostTerm, string>> = {
  rowsWritten: "rows written",
  rowsDeleted: "rows deleted",
  awake: "generation",
  idle: "idle",
  requests: "requests",
  messages: "messages",
  rowsRead: "rows read",
  cpu: "CPU",
  storage: "storage",
};

/** Each arm a row, in dollars. */
export function costTables(figures: CostFigures): FigureTable[] {
  const [first] = figures.arms;
  if (first === undefined) return [];
  const rows = (cells: (arm: ArmFigures) => readonly string[]): readonly (readonly string[])[] =>
    figures.arms.map((arm) => [arm.label, ...cells(arm)]);
  return [
    {
      id: "answers",
      title: "1,000 answers, $",
      head: [...costTerms.map((term) => heads[term]), "sum", ...figures.models.map(({ name }) => `of ${name}`), "included a month"],
      rows: rows(({ answers, shareOfModel, includedAnswers }) => [
        ...costTerms.map((term) => dollars(answers.terms[term])),
        dollars(answers.total),
        ...figures.models.map(({ name }) => percent(shareOfModel[name] ?? Number.NaN)),
        Math.floor(includedAnswers / 1_000).toLocaleString("en") + ",000",
      ]),
    },
    {
      id: "sessions",
      title: "1,000 sessions, $",
      head: first.sessions.map(({ title }) => title),
      rows: rows(({ sessions }) => sessions.map(({ usd }) => dollars(usd))),
    },
    {
      id: "waiting",
      title: "a page that waits, $",
      head: ["can the object sleep", "an hour", "a month"],
      rows: rows(({ waiting: { sleeps, hourUsd, monthUsd } }) => [sleeps ? "yes" : "no", dollars(hourUsd), dollars(monthUsd)]),
    },
    {
      id: "variations",
      title: "1,000 answers, $, with",
      head: first.variations.map(({ title }) => title),
      rows: rows(({ variations }) => variations.map(({ usd }) => dollars(usd))),
    },
  ];
}

/** What the tables rest on, a sentence each. */
export function assumptions({ session, inputTokens, prices, models }: CostFigures): readonly string[] {
  const { answers, tokens, tokensPerSecond, firstTokenMs, thinkMs, keptDays } = session;
  const modelPrices = models.map(({ name, usd }) => `${name} costs $${usd.toFixed(2)}`).join(", and ");
  return [
    `A chat has ${answers} ${answers === 1 ? "answer" : "answers"} of ${tokens.toLocaleString("en")} tokens at ${tokensPerSecond} tokens/s, after ${firstTokenMs / 1_000} s, with ${thinkMs / 1_000} s to think between them. Each session is of a new agent, which is one Durable Object.`,
    `An agent's turn has ${AGENT.tokens} tokens, and its tools take ${AGENT.toolSeconds} s. A minute of voice is one answer with ${VOICE.inputsPerSecond} inputs/s into it. A tab has one answer.`,
    `For 1,000 answers, ${modelPrices}: each reads ${inputTokens.toLocaleString("en")} tokens.`,
    `Prices were read on ${prices.readOn}. The subscription ($5 a month) and what it includes are left out. The last column of the first table says how many answers a month it includes.`,
    "An object is billed for the time in which it works or cannot sleep, and not for its CPU time. The Worker's CPU time is billed; the figure also has the object's part of a request, so that it is a bound.",
    `Answers are kept for ${keptDays} days, and then deleted: a deleted row is billed as a written one.`,
    "Data that leaves Cloudflare is free. Logs, TLS certificates and the model's own price are not in the sum.",
  ];
}

/** Three decimals, or two digits where it is less than a cent. A dash for none. */
function dollars(usd: number | null): string {
  if (usd === null) return "–";
  if (usd === 0) return "0";
  if (usd >= 0.01) return usd.toFixed(3);
  return usd < 0.000_05 ? "<0.0001" : usd.toFixed(4);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
}
