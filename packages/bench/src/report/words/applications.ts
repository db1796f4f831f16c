import { judgedIn } from "../../analysis/headline.ts";
import type { ApplicationAnswer } from "../../analysis/facts/index.ts";
import { chainSavingsSentence } from "./chain-savings.ts";
import { countsSentence } from "./counts.ts";
import { coverageSentence } from "./coverage.ts";
import { armName, listOf } from "./format.ts";

/** What each kind is called, and what it does. */
const kinds: Readonly<Record<ApplicationAnswer["id"], { readonly title: string; readonly does: string }>> = {
  chat: { title: "Chat", does: "A prompt goes up, an answer streams down, and a phone loses its network on the way." },
  agent: {
    title: "Agent with many tools",
    does: "A long chain of turns: the result of each tool goes up before the next answer comes down.",
  },
  voice: { title: "Voice or binary", does: "Small messages go up all the time, and binary data comes down." },
  tabs: {
    title: "Dashboard with many tabs",
    does: "Many concurrent streams stay open for hours, and all reconnect together after a fault.",
  },
};

export function applicationTitle({ id }: Pick<ApplicationAnswer, "id">): string {
  return kinds[id].title;
}

export function applicationDoes({ id }: Pick<ApplicationAnswer, "id">): string {
  return kinds[id].does;
}

const outcomes: Readonly<Record<ApplicationAnswer["outcome"], string>> = {
  sse: "SSE",
  ws: "WebSocket",
  depends: "It depends",
  either: "Either",
  undecided: "Undecided",
  "not-measured": "Not measured",
  "not-enough-measured": "Not enough measured",
};

export function applicationWords(outcome: ApplicationAnswer["outcome"]): string {
  return outcomes[outcome];
}

export function applicationSentence(application: ApplicationAnswer): string {
  return [verdictSentence(application), chainSavingsSentence(application.chainSavings, 1)].filter(Boolean).join(" ");
}

function verdictSentence({ outcome, counted, coverage }: ApplicationAnswer): string {
  if (outcome === "not-measured") return "No comparison that bears on it has a verdict in this run.";
  if (outcome === "not-enough-measured") return coverageSentence(coverage, counted);
  const { sse, ws } = counted;
  const total = judgedIn(counted);
  if (total === ws || total === sse)
    return `${armName(ws > 0 ? "ws" : "sse")} is better by a difference that matters in ${total === 1 ? "the one comparison" : `all ${total} comparisons`}.`;
  return countsSentence(
    counted,
    (["ws", "sse"] as const).filter((arm) => counted[arm] > 0),
  );
}

export function missingWords(missing: ApplicationAnswer["missing"]): string {
  const byReason = Map.groupBy(missing, ({ notRun }) => (notRun ?? "this run has no such scenario.").replace(/\.$/, ""));
  return `Not measured: ${[...byReason].map(([reason, ones]) => `${listOf(ones.map(({ scenario }) => scenario))} (${reason})`).join("; ")}.`;
}
