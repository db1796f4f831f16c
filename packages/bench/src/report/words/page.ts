/** What stands around the figures of every form of the report: titles, and how to read what follows. */
import { BENCH } from "../../usage/command-name.ts";
import type { Results, ScenarioResult } from "../../results/schema.ts";

export const PAGE_TITLE = "SSE or WebSocket, measured";
export const HEADING = "Server-Sent Events or WebSocket, for a streaming AI agent?";
export const MEASURED_REMOTELY = "Measured against a deployment.";
export const METHOD_TITLE = "How it was measured";
export const METHOD_PARTS = { run: "What was run, and by which rule", where: "On which machine, and what arrived" };
export const THREATS_TITLE = "Threats to validity";
export const SIZES_TITLE = "What would matter";
export const EFFECTS_TITLE = "The two effects apart";

export const ANSWER = {
  title: "What to take, by what people wait for",
  key: "Each session is a sum of waits that were measured.",
  where: "Sums of measured waits, with",
  change: "What would change it:",
  grid: "what to take over each version of HTTP",
  versions: "HTTP of SSE, WebSocket",
  place: "where",
  take: "take",
  parts: "Parts of the sum",
  partsAndMissing: "Parts, and what is missing",
  missing: "What is missing too",
  measure: "To measure it:",
  how: "How a transport is chosen",
};

export const CLAIMS = {
  title: "The claims, and what the run says of them",
  key: "Better means: by a difference that somebody would notice or pay for. Figures to quote are chosen by a rule, and not by their size or their verdict. Where results differ, there is one for each, and they belong together.",
  none: "no figure to quote",
  quote: "To quote:",
  quotes: "To quote together:",
};

export const QUESTIONS = {
  title: "The questions",
  key: "Each opens to a row for each of its settings. The page’s search finds what is closed, too, and print shows all of it.",
  notRun: "Questions that were not measured here",
  how: "How it was measured, and its other figures",
  setting: "all figures",
};

export const PARTS = { answer: "Answer", claims: "Claims", questions: "Questions", method: "Method" };

export function ledeWords({ startedAt, options }: Results): string {
  return `One Cloudflare Agent that serves both, measured side by side on ${startedAt.slice(0, 10)}, depth ${options.depth}.`;
}

export const TRAFFIC_CREDIT =
  "Lengths and arrivals of replies: Azure LLM inference traces 2023 (Azure/AzurePublicDataset, CC-BY 4.0, Microsoft).";

/** The commands that lead from a file of results to the page, and to its samples. */
export const commands = { report: `${BENCH} report`, raw: `${BENCH} raw` };

/** A scenario that was cut off before its first block. */
export function unfinishedWords({ status }: Pick<Results, "status">): string {
  return `None of its blocks was finished: the run is ${status}.`;
}

export function notRunWords(reason: NonNullable<ScenarioResult["conditions"][number]["notRun"]>): string {
  return `Not run: ${reason}`;
}
