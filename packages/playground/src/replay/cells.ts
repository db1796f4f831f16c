/** One measured answer, token by token, over both transports with the same luck on the link. */
export interface Cell {
  readonly roundTripMs: number;
  readonly lossPercent: number;
  /** Answers that were read at once; this is the first of them. */
  readonly answers: number;
  /** Of each token in order: how much later it came than the quickest one of its answer, in ms, counted from when the model sent it. */
  readonly lagsMs: { readonly sse: readonly number[]; readonly ws: readonly number[] };
}

/** What the page replays. `replay-data.ts` makes it of a run's results. */
export interface Replay {
  readonly schema: typeof REPLAY_SCHEMA;
  readonly version: 1;
  /** The run's start, ISO 8601; `null` where nothing is measured yet. */
  readonly measuredAt: string | null;
  readonly tokensPerSecond: number;
  readonly cells: readonly Cell[];
}

export const REPLAY_SCHEMA = "agent-transports/replay";

/** `TOKENS_PER_SECOND` of the scenarios below. */
const TOKENS_PER_SECOND = 50;
/** The links of the scenario `stalls` that are no more than a round trip and a loss. */
const STALLS_LINKS: Readonly<Record<string, Pick<Cell, "roundTripMs" | "lossPercent">>> = {
  clean: { roundTripMs: 60, lossPercent: 0 },
  loss: { roundTripMs: 60, lossPercent: 2 },
};

/** As much of a results file as is read here; packages/bench/src/results/schema.ts has all of it. */
interface Results {
  readonly startedAt: string;
  readonly scenarios: readonly Scenario[];
}

interface Scenario {
  readonly name: string;
  readonly conditions: readonly { readonly id: string; readonly factors: Readonly<Record<string, string | number>> }[];
  readonly blocks: readonly Block[];
}

interface Block {
  readonly condition: string;
  readonly arm: string;
  readonly pair: number;
  readonly position: number;
  readonly error?: string;
  readonly samples: Readonly<Record<string, readonly number[]>>;
}

/**
 * The cells of a run's results: of the scenario `map`, and where that was not run, those of `stalls`.
 *
 * @throws Error where it is no results file
 */
export function replayOf(value: unknown): Replay {
  if (!isResults(value))
    throw new Error("This is no results.json of a benchmark run. Take the one that bench run writes, uncompressed or as .gz.");
  const cells = ["map", "stalls"].map((name) => cellsOf(value.scenarios.find((scenario) => scenario.name === name)));
  const found = cells.find((list) => list.length > 0) ?? [];
  return { schema: REPLAY_SCHEMA, version: 1, measuredAt: value.startedAt, tokensPerSecond: TOKENS_PER_SECOND, cells: found };
}

function isResults(value: unknown): value is Results {
  return (
    typeof value === "object" && value !== null && "schema" in value && value.schema === "agent-transports/results" && "scenarios" in value
  );
}

function cellsOf(scenario: Scenario | undefined): Cell[] {
  return (scenario?.conditions ?? []).flatMap(({ id, factors }) => {
    const link = linkOf(factors);
    const answers = Number(factors["answers"]);
    const lagsMs =
      link && answers > 0 ? typicalLags(scenario?.blocks.filter(({ condition }) => condition === id) ?? [], answers) : undefined;
    return link === undefined || lagsMs === undefined ? [] : [{ ...link, answers, lagsMs }];
  });
}

function linkOf(factors: Readonly<Record<string, string | number>>): Pick<Cell, "roundTripMs" | "lossPercent"> | undefined {
  const { roundTripMs, lossPercent, link } = factors;
  if (typeof roundTripMs === "number" && typeof lossPercent === "number") return { roundTripMs, lossPercent };
  return typeof link === "string" && Object.hasOwn(STALLS_LINKS, link) ? STALLS_LINKS[link] : undefined;
}

/** Of the pair whose worst lags, of both arms together, are the median: neither the best that was measured nor the worst. */
function typicalLags(blocks: readonly Block[], answers: number): Cell["lagsMs"] | undefined {
  const firstOf = (pair: number, arm: string): readonly number[] => {
    const block = blocks
      .filter((one) => one.pair === pair && one.arm === arm && one.error === undefined)
      .toSorted((a, b) => a.position - b.position)[0];
    const lags = block?.samples["lag"] ?? [];
    // The answers of a block come one after another.
    return lags.slice(0, Math.floor(lags.length / answers)).map((ms) => Math.round(ms));
  };
  const pairs = [...new Set(blocks.map(({ pair }) => pair))]
    .map((pair) => ({ sse: firstOf(pair, "sse"), ws: firstOf(pair, "ws") }))
    .filter(({ sse, ws }) => sse.length > 0 && sse.length === ws.length)
    .toSorted((a, b) => worstOf(a) - worstOf(b));
  return pairs[Math.floor((pairs.length - 1) / 2)];
}

function worstOf({ sse, ws }: Cell["lagsMs"]): number {
  return quantile(sse, 0.99) + quantile(ws, 0.99);
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
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
