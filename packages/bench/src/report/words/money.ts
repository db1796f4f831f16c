/** What sessions cost over each transport. It is of a count that was made before (`bench cost`), and not of the run that is reported. */
import { BENCH } from "../../usage/command-name.ts";

export interface Money {
  /** YYYY-MM-DD, of the count. */
  readonly countedOn: string;
  /** YYYY-MM-DD, of the prices. */
  readonly pricesOf: string;
  /** Dollars of 1,000 sessions, by what they are; `null` where a transport cannot. */
  readonly sessions: readonly { readonly title: string; readonly sse: number | null; readonly ws: number | null }[];
  /** Dollars of 1,000 answers, by the model that says them. */
  readonly models: readonly { readonly name: string; readonly usd: number }[];
  /** Of such an answer. */
  readonly tokens: number;
}

export const MONEY = { title: "What it costs", caption: "1,000 sessions on Cloudflare" };

export const MONEY_COLUMNS = ["", "SSE", "WebSocket"] as const;

export function moneyRows({ sessions }: Money): string[][] {
  return sessions.map(({ title, sse, ws }) =>
    [title, sse, ws].map((cell) => (cell === null ? "–" : typeof cell === "number" ? formatDollars(cell) : cell)),
  );
}

/** What the table is of, and what it leaves out: a sentence each. */
export function moneyWords({ countedOn, pricesOf, models, tokens }: Money): string[] {
  const prices = models.map(({ name, usd }) => `${formatDollars(usd)} for ${name}`).join(" and ");
  return [
    `The model is dearer: 1,000 answers of ${tokens.toLocaleString("en")} tokens take ${prices}.`,
    "Most of it is rows, which the log writes. An object that sleeps costs nothing, whoever is connected.",
    "A page that holds an event stream open between answers keeps its object awake. Our clients hold none.",
    `This was counted on ${countedOn} on loopback, and not by this run; prices are of ${pricesOf}. Where a round trip has more than one input, those over SSE wait for each other and go together: far away, voice costs less.`,
    `Your own sessions: ${BENCH} cost --usage reports/cost/usage.json --help`,
  ];
}

/** Cents: the count is no better. */
function formatDollars(usd: number): string {
  return `$${usd.toFixed(2)}`;
}
