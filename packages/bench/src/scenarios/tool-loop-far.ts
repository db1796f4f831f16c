import type { ReadRun } from "@agent-transports/lab/application";
import { addUp } from "@agent-transports/lab/integrity";
import type { LocalLab } from "../lab/lab.ts";
import { contextOf } from "../lab/run-input.ts";
import { defineScenario } from "./parts/define-scenario.ts";
import { steadyReply } from "./parts/follow.ts";
import { integrityOf, visit } from "./parts/in-place.ts";
import { networkArms, type NetworkArm } from "./parts/network-arms.ts";
import type { Groups, Measurement, Scenario } from "./parts/scenario.ts";
import { OUTPUT_BYTES, REAL_PACE, scriptChain, TOOLS } from "./parts/tool-chains.ts";
import { withoutPlace } from "./parts/without-place.ts";

const TURNS = 20;
const BLOCK_LIMIT_MS = 240_000;
/** Of chains at a real pace, which mostly wait. */
const AT_ONCE = 4;

interface FarChain {
  readonly input: "new" | "whole";
  readonly roundTripMs: number;
  /** The model and the tools take their time; else all is due at once. */
  readonly realPace: boolean;
}

const usually: Groups = { quick: 0, standard: 3, full: 20 };
const rarely: Groups = { quick: 0, standard: 0, full: 10 };

const chains: readonly (FarChain & { readonly groups: Groups })[] = [
  { input: "new", roundTripMs: 60, realPace: false, groups: rarely },
  { input: "whole", roundTripMs: 60, realPace: false, groups: rarely },
  { input: "new", roundTripMs: 150, realPace: false, groups: rarely },
  { input: "whole", roundTripMs: 150, realPace: false, groups: rarely },
  { input: "new", roundTripMs: 150, realPace: true, groups: rarely },
  // As far as the actions of `distance`, with which sessions sum them up.
  { input: "new", roundTripMs: 20, realPace: false, groups: usually },
  { input: "new", roundTripMs: 100, realPace: false, groups: usually },
];

export const toolLoopFar: Scenario = defineScenario({
  name: "tool-loop-far",
  title: "Chains of tool calls at a distance",
  question: "An agent 20 to 150 ms away calls tools that the page runs: what does a chain of 20 turns take over each version of HTTP?",
  claims: [],
  method:
    `Chromium runs chains of ${TURNS} turns through a network of two kernels, from an edge with TLS 1.3 before the Worker, with no loss: each tool result, of 4 KB, goes up, the next answer streams down. Only what is new goes up, or the whole context each time, which grows by each result. ` +
    `Replies are due at once and tools take no time. A chain at a real pace has answers as long in time as those of real traffic, at ${REAL_PACE.tokensPerSecond} tokens/s, a first token after ${REAL_PACE.firstTokenMs} ms and tools of ${REAL_PACE.toolMs} ms (these are assumed). The connection is open before the chain begins. Times are of the page's clock.`,
  instrument: "network",
  arms: networkArms,
  metrics: [
    {
      id: "chain",
      label: "the whole chain",
      unit: "ms",
      better: "lower",
      kind: "whole",
      quantiles: [0.5],
      description: "From the prompt to the end of the last answer, the tools' own time included.",
    },
    {
      id: "turn",
      label: "one turn",
      unit: "ms",
      better: "lower",
      kind: "wait",
      quantiles: [0.5, 0.9],
      description: "From the tool's result to the end of the next answer in the page.",
    },
    {
      id: "bytesUp",
      label: "bytes up, the whole chain",
      unit: "bytes",
      better: "lower",
      kind: "traffic",
      quantiles: [0.5],
      description: "Of all packets towards the agent, their headers and acknowledgements included.",
    },
  ],
  settings: chains.map(({ groups, ...value }) => ({
    id: `${value.realPace ? "real-" : ""}${value.input}-${value.roundTripMs}`,
    label: labelOf(value),
    factors: { input: value.input, roundTripMs: value.roundTripMs, ...(value.realPace && { pace: "real" }), client: "Chromium" },
    groups,
    value,
    missing: withoutPlace,
    blocksAtOnce: value.realPace ? AT_ONCE : 1,
  })),
  notRemote: "The chain of tool calls is scripted, and a deployment's model is not.",
  blockLimitMs: BLOCK_LIMIT_MS,
  measure: runFarChain,
});

function labelOf({ input, roundTripMs, realPace }: FarChain): string {
  const pace = realPace ? " at a real pace" : "";
  return `${TURNS} turns${pace}, ${roundTripMs} ms away (${input === "new" ? "only what is new" : "the whole context"} goes up)`;
}

async function runFarChain(lab: LocalLab, arm: NetworkArm, { input, roundTripMs, realPace }: FarChain): Promise<Measurement> {
  const path = { delayMs: roundTripMs / 2 };
  const conditions = {
    link: { down: path, up: path },
    connections: "page" as const,
    atOnce: realPace ? AT_ONCE : 1,
    limitMs: BLOCK_LIMIT_MS - 5_000,
  };
  const { result, values } = await visit(lab, arm, conditions, async ({ script, perform }) => {
    const opening = contextOf(script(steadyReply(lab, 1, 1)).prompt);
    const [first, ...nexts] = scriptChain(lab, { turns: TURNS, realPace }, script);
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
  if (done.runs.some(({ reconnects }) => reconnects > 0)) throw new Error("A connection was lost, though nothing on the network is.");
  return {
    samples: { chain: [end - begin.askedAt], turn: [...done.times], bytesUp: [values["upBytes"] ?? Number.NaN] },
    values,
    integrity: addUp(done.runs.map((run: ReadRun, turn) => integrityOf([run], tokens[turn]))),
  };
}
