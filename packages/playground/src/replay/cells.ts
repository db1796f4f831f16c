import type { Results } from "@agent-transports/bench/results";
import { quantile } from "../quantile.ts";

/** One measured answer, token by token, over both transports. */
export interface Cell {
  readonly roundTripMs: number;
  readonly lossPercent: number;
  /** Answers that were read at once; this is the first of them. */
  readonly answers: number;
  /** Of each token in order: how much later it came than the quickest one of its answer, in ms. */
  readonly lagsMs: { readonly sse: readonly number[]; readonly ws: readonly number[] };
}

/** What the page replays. `replay-data.ts` makes it of a run's results. */
export interface Replay {
  readonly schema: typeof REPLAY_SCHEMA;
  readonly version: 1;
  /** The run's start, ISO 8601. */
  readonly measuredAt: string;
  readonly tokensPerSecond: number;
  /** Whether both transports of a cell met the same losses. */
  readonly sameLuck: boolean;
  readonly cells: readonly Cell[];
}

export const REPLAY_SCHEMA = "agent-transports/replay";

const RESULTS_SCHEMA: Results["schema"] = "agent-transports/results";
const RESULTS_VERSION: Results["version"] = 1;

/** `TOKENS_PER_SECOND` of both scenarios. */
const TOKENS_PER_SECOND = 50;
/** The scenarios that have cells, the better first. In `map` the link of a half draws the same for each transport. */
const SCENARIOS = [
  { name: "map", sameLuck: true },
  { name: "stalls", sameLuck: false },
] as const;
/** How TCP is done in a cell. A setting of `stalls` that does it otherwise has the link of another one; older files name none. */
const TCP: Factors = { congestionControl: "cubic", initialWindow: 10 };
/** The links of `stalls` that are no more than a round trip and a loss. */
const STALLS_LINKS: Readonly<Record<string, Link>> = {
  clean: { roundTripMs: 60, lossPercent: 0 },
  loss: { roundTripMs: 60, lossPercent: 2 },
};

type Link = Pick<Cell, "roundTripMs" | "lossPercent">;
type ScenarioResult = Results["scenarios"][number];
type Block = ScenarioResult["blocks"][number];
type Factors = ScenarioResult["conditions"][number]["factors"];

/** One block of each transport that stood in the same half of a pair group. */
interface Pair {
  readonly lagsMs: Cell["lagsMs"];
  /** Whether something disturbed a block of it. */
  readonly marked: boolean;
}

/**
 * The cells of a run's results: of the scenario `map`, and where that was not run, those of `stalls`.
 *
 * @throws Error where it is no results file
 */
export function replayOf(value: unknown): Replay {
  if (!isResults(value))
    throw new Error("This is no results.json of a benchmark run. Take the one that bench run writes, uncompressed or as .gz.");
  const found = SCENARIOS.map(({ name, sameLuck }) => ({
    sameLuck,
    cells: cellsOf(value.scenarios.find((scenario) => scenario.name === name)),
  }));
  const { sameLuck, cells } = found.find(({ cells }) => cells.length > 0) ?? { sameLuck: false, cells: [] };
  return { schema: REPLAY_SCHEMA, version: 1, measuredAt: value.startedAt, tokensPerSecond: TOKENS_PER_SECOND, sameLuck, cells };
}

function isResults(value: unknown): value is Results {
  return (
    typeof value === "object" &&
    value !== null &&
    "schema" in value &&
    value.schema === RESULTS_SCHEMA &&
    "version" in value &&
    value.version === RESULTS_VERSION &&
    "scenarios" in value &&
    Array.isArray(value.scenarios)
  );
}

function cellsOf(scenario: ScenarioResult | undefined): Cell[] {
  if (scenario === undefined) return [];
  return scenario.conditions.flatMap(({ id, factors }) => {
    const link = linkOf(factors);
    const answers = Number(factors["answers"]);
    if (link === undefined || !(answers > 0)) return [];
    const blocks = scenario.blocks.filter(({ condition }) => condition === id);
    const lagsMs = typicalOf(pairsOf(blocks, answers));
    return lagsMs === undefined ? [] : [{ ...link, answers, lagsMs }];
  });
}

function linkOf(factors: Factors): Link | undefined {
  const { roundTripMs, lossPercent, link } = factors;
  if (Object.entries(TCP).some(([name, usual]) => (factors[name] ?? usual) !== usual)) return undefined;
  if (typeof roundTripMs === "number" && typeof lossPercent === "number") return { roundTripMs, lossPercent };
  return typeof link === "string" && Object.hasOwn(STALLS_LINKS, link) ? STALLS_LINKS[link] : undefined;
}

/** A pair group has each transport twice, `A B C C B A` or `A B B A C`: the first of each stand in one half, and the second of each in the other. */
function pairsOf(blocks: readonly Block[], answers: number): Pair[] {
  return [...Map.groupBy(blocks, ({ pair }) => pair).values()].flatMap((group) =>
    [0, 1].flatMap((half) => {
      const [sse, ws] = (["sse", "ws"] as const).map((arm) => blockOf(group, arm, half));
      if (sse === undefined || ws === undefined) return [];
      const lagsMs = { sse: firstAnswerOf(sse, answers), ws: firstAnswerOf(ws, answers) };
      const whole = lagsMs.sse.length > 0 && lagsMs.sse.length === lagsMs.ws.length;
      return whole ? [{ lagsMs, marked: [sse, ws].some(({ contamination }) => contamination.marks.length > 0) }] : [];
    }),
  );
}

/** @returns `undefined` where it failed, or was not measured */
function blockOf(group: readonly Block[], arm: keyof Cell["lagsMs"], half: number): Block | undefined {
  const block = group.filter((one) => one.arm === arm).toSorted((a, b) => a.position - b.position)[half];
  return block?.error === undefined ? block : undefined;
}

/** The answers of a block come one after another. In whole milliseconds: nobody sees less. */
function firstAnswerOf({ samples }: Block, answers: number): number[] {
  const lags = samples["lag"] ?? [];
  return lags.slice(0, Math.floor(lags.length / answers)).map((ms) => Math.round(ms));
}

/** Of the pair whose worst lags, of both transports together, are the median: neither the best that was measured nor the worst. Undisturbed where there is one. */
function typicalOf(pairs: readonly Pair[]): Cell["lagsMs"] | undefined {
  const clean = pairs.filter(({ marked }) => !marked);
  const sorted = (clean.length > 0 ? clean : pairs).map(({ lagsMs }) => lagsMs).toSorted((a, b) => worstOf(a) - worstOf(b));
  return sorted[Math.floor((sorted.length - 1) / 2)];
}

function worstOf({ sse, ws }: Cell["lagsMs"]): number {
  return quantile(sse, 0.99) + quantile(ws, 0.99);
}

/** When each token comes, in ms from the first one's sending; what a transport holds back comes in order, too. */
export function arrivalsOf(lagsMs: readonly number[], tokensPerSecond: number): number[] {
  let lastMs = 0;
  return lagsMs.map((lagMs, index) => (lastMs = Math.max(lastMs, (index * 1_000) / tokensPerSecond + lagMs)));
}

/** How often a reader waits longer than this for the next token. */
export function stallsOf(arrivalsMs: readonly number[], aboveMs: number): number {
  return arrivalsMs.filter((ms, index) => index > 0 && ms - (arrivalsMs[index - 1] ?? ms) > aboveMs).length;
}
