/** How chains of tool calls are scripted, wherever they are measured. */
import type { Reply } from "@agent-transports/lab/provider";
import type { Traffic } from "@agent-transports/lab/traffic";
import type { LocalLab, Script } from "../../lab/lab.ts";
import { steadyReply } from "./follow.ts";
import type { KnownMetric } from "./scenario.ts";

const ANSWER_TOKENS = 8;
/** What a tool gives back: a page of search results, say. */
export const OUTPUT_BYTES = 4_096;
export const TOOLS = {
  lookup: { description: "Looks something up.", inputSchema: { type: "object", properties: { page: { type: "number" } } } },
};

/**
 * A fast model and fast tools: slower ones make the transports' share of a chain smaller still. No trace that we know of has the times of tools, nor of first tokens: these
 * are assumed.
 */
export const REAL_PACE = { firstTokenMs: 300, tokensPerSecond: 80, pieceMs: 100, toolMs: 300 } as const;

export interface Pace {
  readonly turns: number;
  /** The model and the tools take their time; else all is due at once. */
  readonly realPace: boolean;
}

/** The answer of a turn: what asks for it, and how many tokens it has. */
export interface ScriptedTurn extends Script {
  readonly tokens: number;
}

export const chainMetric: KnownMetric = {
  id: "chain",
  label: "the whole chain",
  unit: "ms",
  better: "lower",
  kind: "whole",
  quantiles: [0.5],
  description: "From the prompt to the end of the last answer, the tools' own time included.",
};

/** All but the last end with a call of the tool. */
export function scriptChain(
  lab: Pick<LocalLab, "traffic" | "random">,
  { turns, realPace }: Pace,
  script: (reply: Reply) => Script,
): readonly ScriptedTurn[] {
  return realLengths(lab.traffic, turns).map((tokens, index) => {
    const reply = realPace ? pacedReply(lab, tokens) : steadyReply(lab, ANSWER_TOKENS, 100_000);
    const calling: Reply = index === turns - 1 ? reply : { ...reply, toolCall: { name: "lookup", arguments: { page: index } } };
    return { ...script(calling), tokens: reply.tokens.length };
  });
}

function pacedReply(lab: Pick<LocalLab, "random">, tokens: number): Reply {
  const { firstTokenMs, tokensPerSecond, pieceMs } = REAL_PACE;
  const pieces = Math.ceil((tokens * 1000) / tokensPerSecond / pieceMs);
  return steadyReply(lab, pieces, 1000 / pieceMs, firstTokenMs);
}

/** Spread evenly over the quantiles of what there is: the same for every chain, so that chains differ by their transport and not by what was said. */
export function realLengths(traffic: Traffic, turns: number): readonly number[] {
  return Array.from({ length: turns }, (_, index) => traffic.lengthQuantile((index + 0.5) / turns));
}
