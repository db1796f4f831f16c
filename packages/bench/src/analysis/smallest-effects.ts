/**
 * The smallest effects of interest: what is below them, nobody would notice or pay for. Data with sources; METHOD.md has the same table.
 *
 * They were fixed on 2026-11-29, before the rule that uses them had judged anything.
 */
import { priced, publishedPrices, type Price } from "../cost/prices.ts";
import { olderKind } from "../results/older-kinds.ts";
import type { Metric, MetricKind, ScenarioResult } from "../results/schema.ts";
import type { Statistic } from "../stats/index.ts";

/**
 * Cloudflare bills no bytes. Where they are billed, in dollars a byte: Amazon EC2 to the internet, the first 10 TB of a month, $0.09 a GB
 * (aws.amazon.com/ec2/pricing/on-demand).
 */
const USD_PER_BYTE = 0.09 / 1e9;

/**
 * An answer of 1,000 tokens costs 1,000 × $10 / 1,000,000 = $0.01 with gpt-4o; 1 % of it is $0.0001. What the prompt costs would make it more.
 * The prices are those of `bench cost`. A test holds the sizes: a price that changes there changes a verdict only by a decision here.
 */
const ANSWER_TOKENS = 1_000;
const BUDGET = (0.01 * ANSWER_TOKENS * outputUsdOf("gpt-4o")) / 1e6;

function outputUsdOf(model: string): number {
  const found = publishedPrices.models.find(({ name }) => name === model);
  if (found === undefined) throw new RangeError(`cost/prices.ts has no price of ${model}: its answer is what 1 % is taken of.`);
  return found.outputUsd;
}

/** How many of a unit the budget buys. */
function bought({ usd, per }: Price): number {
  return (BUDGET * per) / usd;
}

/** At 50 tokens/s, a usual pace, it takes 20 s. */
const ANSWER_S = ANSWER_TOKENS / 50;

/** A frame of a screen at 60 Hz. */
const FRAME_MS = 1_000 / 60;

const CARD_NIELSEN =
  "Half of the 100 ms within which a result seems to come at once: Card, S., Robertson, G. and Mackinlay, J. (1991), The Information Visualizer, CHI '91; Nielsen, J. (1993), Usability Engineering, chapter 5.";
const RAIL = "Google (2015), RAIL: a response within 100 ms is felt as immediate, and a frame takes 1,000 / 60 ms.";
const MONEY = `1 % of what an answer of ${ANSWER_TOKENS.toLocaleString("en-US")} tokens costs with gpt-4o, $${BUDGET.toFixed(4)}`;

interface OfKind {
  /** In the metric's unit, of a p50, a mean or a p90; of a ratio, as a share: 0.05 is 5 %. */
  readonly size: number;
  readonly scale: "unit" | "ratio";
  /** Of a ratio of times, in ms: nor does what is shorter than this matter, whatever its share. */
  readonly atLeastMs?: number;
  /** From p99 on, where it is another. */
  readonly tail?: number;
  /** Other sizes that a reader may hold to, whose verdicts are shown beside. */
  readonly others?: readonly number[];
  /** A kind that is money: the size is for one of what an answer has {@link Metric.perAnswer} of. */
  readonly isMoney?: true;
  readonly source: string;
}

const kinds: Readonly<Record<MetricKind, OfKind>> = {
  /** A wait after an action of a person: a prompt, a reload, a lost connection, a next turn. */
  wait: { scale: "unit", size: 50, others: [20, 100], source: CARD_NIELSEN },
  /** How late a token is. */
  token: { scale: "unit", size: FRAME_MS, tail: 100, source: RAIL },
  /** What goes up or comes down in a conversation by voice. */
  voice: { scale: "unit", size: 50, source: CARD_NIELSEN },
  /** How long a chain takes as a whole, at what rate it comes, and how that drifts. A chain whose model takes no time can gain a large share of nothing. */
  whole: {
    scale: "ratio",
    size: 0.05,
    atLeastMs: 50,
    source:
      "The strict end of the 5 to 10 % from which people tell durations apart at best: Grondin, S. (2010), Timing and time perception, Attention, Perception, & Psychophysics 72(3), 561–582. And as a wait in any case.",
  },
  /** Time in stalls, for a minute of an answer. */
  stall: { scale: "unit", size: 100, source: `One stall in a minute that is noticed. ${RAIL}` },
  /** Tokens that arrive at once. */
  burst: { scale: "unit", size: 1, source: `At 50 tokens/s the next token is 20 ms away, about a frame. ${RAIL}` },
  /** A wait that is counted in round trips of the network. */
  roundTrips: { scale: "unit", size: 0.5, source: `50 ms of a round trip of 100 ms. ${CARD_NIELSEN}` },
  /** A wait that is counted in heartbeats, of 1 s where it is measured. */
  heartbeats: { scale: "unit", size: 0.05, source: `50 ms of a heartbeat of 1 s. ${CARD_NIELSEN}` },
  /**
   * In ms; of a metric in µs a thousand times that: 0.0001 / (0.02 / 1,000,000) = 5,000 ms an answer. It is the Worker's price. An object's own
   * CPU has none.
   */
  cpu: {
    scale: "unit",
    size: bought(publishedPrices.workerCpuMs),
    isMoney: true,
    source: `${MONEY}, at the Worker’s $0.02 a million ms of CPU.`,
  },
  /**
   * In bytes held for an answer's 20 s: 0.0001 / (12.5 / 1,000,000) = 8 GB-s, so 400 MB. Cloudflare bills 128 MB for an object whatever it
   * holds, so that memory costs nothing. How many streams fit into these 128 MB is a limit and no price: a curve of load shows it.
   */
  memory: {
    scale: "unit",
    size: (bought(publishedPrices.objectGbSeconds) / ANSWER_S) * 1e9,
    isMoney: true,
    source: `${MONEY}, at $12.50 a million GB-s, over 20 s.`,
  },
  /** In bytes on the wire: 0.0001 / (0.09 / 1,000,000,000) = 1.1 MB an answer. */
  traffic: {
    scale: "unit",
    size: BUDGET / USD_PER_BYTE,
    isMoney: true,
    source: `${MONEY}, at Amazon EC2’s $0.09 a GB; Cloudflare bills no bytes.`,
  },
  /** In rows that a replay reads, one a token: 0.0001 / (0.001 / 1,000,000) = 100,000 an answer. */
  rowsRead: { scale: "unit", size: bought(publishedPrices.rowsRead), isMoney: true, source: `${MONEY}, at $0.001 a million rows read.` },
  /** In connections and requests, each one of a Worker and one of its object: 0.0001 / (0.45 / 1,000,000) = 222 an answer. */
  requests: {
    scale: "unit",
    size: BUDGET / (priced(publishedPrices.workerRequests, 1) + priced(publishedPrices.objectRequests, 1)),
    isMoney: true,
    source: `${MONEY}, at $0.45 a million, of the Worker and its object.`,
  },
  /** Events lost, runs that stood still, faults without recovery. */
  fault: { scale: "unit", size: 0, source: "An answer with a hole in it is wrong." },
};

/** What is too small to matter, of one figure. */
export interface SmallestEffect {
  readonly kind: MetricKind;
  readonly scale: "unit" | "ratio";
  /** In the metric's unit; of a ratio, as a share. */
  readonly size: number;
  /** Of a ratio of times: nor does what is shorter than this matter. */
  readonly atLeastMs: number | null;
  readonly others: readonly number[];
}

/** @returns `null` for a metric that names no kind, of a scenario that was never ours */
export function smallestEffectOf(scenario: Pick<ScenarioResult, "name">, metric: Metric, statistic: Statistic): SmallestEffect | null {
  const known = metric.kind === undefined ? olderKind(scenario.name, metric) : { kind: metric.kind, perAnswer: metric.perAnswer ?? 1 };
  if (known === null) return null;
  const { scale, size, tail, atLeastMs, others = [], isMoney } = kinds[known.kind];
  const isTail = statistic !== "mean" && statistic >= 0.99;
  const one = isTail ? (tail ?? size) : size;
  const perUnit = metric.unit === "µs of CPU" ? 1_000 : 1;
  return {
    kind: known.kind,
    scale,
    size: isMoney === true ? (one * perUnit) / known.perAnswer : one,
    atLeastMs: metric.unit === "ms" ? (atLeastMs ?? null) : null,
    others,
  };
}

/** Of a kind as such, in whatever it is measured. */
export function sizesOf(kind: MetricKind): Pick<OfKind, "size" | "atLeastMs" | "others"> {
  return kinds[kind];
}

export function sourceOf(kind: MetricKind): string {
  return kinds[kind].source;
}
