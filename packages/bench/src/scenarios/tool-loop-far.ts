import { linkOf } from "./parts/deeds.ts";
import { defineScenario } from "./parts/define-scenario.ts";
import { CHAIN_LIMIT_MS, measureFarChain, type FarChain } from "./parts/far-chain.ts";
import { networkArms } from "./parts/network-arms.ts";
import type { Groups, Scenario } from "./parts/scenario.ts";
import { chainMetric, REAL_PACE } from "./parts/tool-chains.ts";
import { withoutPlace } from "./parts/without-place.ts";

const TURNS = 20;
/** Of chains at a real pace, which mostly wait. */
const AT_ONCE = 4;

interface ChainAway extends Pick<FarChain, "input" | "realPace"> {
  readonly roundTripMs: number;
}

const usually: Groups = { quick: 0, standard: 3, full: 20 };
const rarely: Groups = { quick: 0, standard: 0, full: 10 };

const chains: readonly (ChainAway & { readonly groups: Groups })[] = [
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
    chainMetric,
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
    value: { ...value, turns: TURNS, link: linkOf(value.roundTripMs), atOnce: value.realPace ? AT_ONCE : 1 },
    missing: withoutPlace,
    blocksAtOnce: value.realPace ? AT_ONCE : 1,
  })),
  notRemote: "The chain of tool calls is scripted, and a deployment's model is not.",
  blockLimitMs: CHAIN_LIMIT_MS,
  measure: measureFarChain,
});

function labelOf({ input, roundTripMs, realPace }: ChainAway): string {
  const pace = realPace ? " at a real pace" : "";
  return `${TURNS} turns${pace}, ${roundTripMs} ms away (${input === "new" ? "only what is new" : "the whole context"} goes up)`;
}
