/** A chain of tool calls that a page runs through a network: `tool-loop-far`, and `bad-link`. */
import type { ReadRun } from "@agent-transports/lab/application";
import { addUp } from "@agent-transports/lab/integrity";
import type { Link } from "@agent-transports/lab/network";
import type { LocalLab } from "../../lab/lab.ts";
import { contextOf } from "../../lab/run-input.ts";
import { losesPackets } from "./deeds.ts";
import { steadyReply } from "./follow.ts";
import { integrityOf, visit } from "./in-place.ts";
import type { NetworkArm } from "./network-arms.ts";
import type { Measurement } from "./scenario.ts";
import { OUTPUT_BYTES, REAL_PACE, scriptChain, TOOLS } from "./tool-chains.ts";

export const CHAIN_LIMIT_MS = 240_000;

export interface FarChain {
  readonly link: Link;
  readonly turns: number;
  readonly input: "new" | "whole";
  /** The model and the tools take their time; else all is due at once. */
  readonly realPace: boolean;
  /** So many blocks run at once. */
  readonly atOnce: number;
}

export async function measureFarChain(
  lab: LocalLab,
  arm: NetworkArm,
  { link, turns, input, realPace, atOnce }: FarChain,
): Promise<Measurement> {
  const conditions = { link, connections: "page" as const, atOnce, limitMs: CHAIN_LIMIT_MS - 5_000 };
  const { result, values } = await visit(lab, arm, conditions, async ({ script, perform }) => {
    const opening = contextOf(script(steadyReply(lab, 1, 1)).prompt);
    const [first, ...nexts] = scriptChain(lab, { turns, realPace }, script);
    if (first === undefined) throw new Error("A chain has at least one turn.");
    const chain = {
      prompt: `Find it. ${first.prompt}`,
      nexts: nexts.map(({ prompt }) => prompt),
      tools: TOOLS,
      outputBytes: OUTPUT_BYTES,
      toolMs: realPace ? REAL_PACE.toolMs : 0,
      input,
    };
    return { done: await perform({ do: "tool chain", opening, chain }), tokens: [1, first.tokens, ...nexts.map(({ tokens }) => tokens)] };
  });
  const { done, tokens } = result;
  const [, begin] = done.runs;
  const end = done.runs.at(-1)?.at.at(-1);
  if (begin === undefined || end === undefined) throw new Error("The chain has no turn.");
  const reconnects = done.runs.reduce((sum, run) => sum + run.reconnects, 0);
  if (reconnects > 0 && !losesPackets(link)) throw new Error("A connection was lost, though nothing on the network is.");
  return {
    samples: { chain: [end - begin.askedAt], turn: [...done.times], bytesUp: [values["upBytes"] ?? Number.NaN] },
    values: { ...values, ...(losesPackets(link) && { reconnects }) },
    integrity: addUp(done.runs.map((run: ReadRun, turn) => integrityOf([run], tokens[turn]))),
  };
}
