import { decided } from "../../analysis/headline.ts";
import type { ApplicationAnswer } from "../../analysis/facts/index.ts";
import { chainSavingsSentence } from "./chain-savings.ts";
import { armName, listOf, plural } from "./format.ts";
import { ALIKE_WORDS, NO_DIFFERENCE_WORDS } from "./verdicts.ts";

/** What each kind is called, and what it does. */
const kinds: Readonly<Record<ApplicationAnswer["id"], { readonly title: string; readonly does: string }>> = {
  chat: { title: "Chat", does: "A prompt goes up, an answer streams down, and a phone loses its network on the way." },
  agent: {
    title: "Agent with many tools",
    does: "A long chain of turns: each tool's result goes up before the next answer comes down.",
  },
  voice: { title: "Voice or binary", does: "Small pieces go up all the time, and bytes that are no text come down." },
  tabs: {
    title: "Dashboard with many tabs",
    does: "Many streams at once, open for hours, that all come back together after a fault.",
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
  either: "No difference seen",
  "not-measured": "Not measured",
};

export function applicationWords(outcome: ApplicationAnswer["outcome"]): string {
  return outcomes[outcome];
}

export function applicationSentence({ outcome, counted, chainSavings }: ApplicationAnswer): string {
  return [countsSentence(outcome, counted), chainSavingsSentence(chainSavings, 1)].filter(Boolean).join(" ");
}

function countsSentence(outcome: ApplicationAnswer["outcome"], counted: ApplicationAnswer["counted"]): string {
  if (outcome === "not-measured") return "Nothing that bears on it could be decided in this run.";
  const { sse, ws, alike, noDifference } = counted;
  const total = decided(counted);
  if (total === ws || total === sse)
    return `${armName(ws > 0 ? "ws" : "sse")} is better in ${total === 1 ? "the one comparison" : `all ${total} comparisons`}.`;
  const parts: readonly (readonly [string, number])[] = [
    [`${armName("ws")} is better`, ws],
    [`${armName("sse")} is better`, sse],
    [`they are ${ALIKE_WORDS}`, alike],
    [`there is ${NO_DIFFERENCE_WORDS}`, noDifference],
  ];
  const said = parts.filter(([, count]) => count > 0).map(([words, count]) => `${words} in ${count}`);
  return `Of ${plural(total, "comparison")}, ${listOf(said)}.`;
}

export function missingWords(missing: ApplicationAnswer["missing"]): string {
  const byReason = Map.groupBy(missing, ({ notRun }) => (notRun ?? "this run has no such scenario.").replace(/\.$/, ""));
  return `Not measured: ${[...byReason].map(([reason, ones]) => `${listOf(ones.map(({ scenario }) => scenario))} (${reason})`).join("; ")}.`;
}
