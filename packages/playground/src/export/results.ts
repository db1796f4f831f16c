import type { Results } from "@agent-transports/bench/results";
import type { Comparison } from "../follow/integrity.ts";
import type { LaneRecord } from "../follow/record.ts";
import type { Settings } from "../settings/settings.ts";
import type { Transport } from "../follow/clients.ts";

/** What a lane measured of a run that was read to its end and compared with its log. */
export interface Measured {
  readonly record: LaneRecord;
  readonly comparison: Comparison;
  readonly bytesDown: number;
  readonly bytesUp: number;
}

/** What decides how an answer comes: only runs with the same are compared. The question is no part of it, as both lanes are asked the same. */
export interface RunSettings {
  /** Where the Agent is. */
  readonly target: string;
  /** `undefined` where the page was not told. */
  readonly model: string | undefined;
  readonly runs: Settings["runs"];
  /** Of the scripted model alone: another one is not told how long its answer is, and how quick. */
  readonly scripted?: Pick<Settings, "tokensPerSecond" | "words">;
}

/** Both lanes, of one question. */
export interface MeasuredRun {
  readonly settings: RunSettings;
  readonly lanes: Readonly<Record<Transport, Measured>>;
  /** p99 of how late the page's frames were meanwhile, in ms. */
  readonly frameDelayP99Ms: number;
}

/** What a page knows of where it runs. */
export interface Browser {
  readonly userAgent: string;
  readonly cores: number;
  readonly timerLatenessMs: { readonly p50: number; readonly p99: number };
  readonly startedAt: string;
}

type ScenarioResult = Results["scenarios"][number];
type Condition = ScenarioResult["conditions"][number];
type Block = ScenarioResult["blocks"][number];

const NOT_TOLD = "not told to a page";
/** METHOD.md, "What spoils a block". What a page has of an event loop is how late its frames are. */
const EVENT_LOOP_DELAY_P99_MS = 10;

/**
 * What was measured, as a benchmark's results file (packages/bench/src/results/schema.ts), so that `bench report` reads it.
 *
 * A pair group is two runs, as both lanes read at once: the first has its blocks at the positions 0 and 1, the second at 3 and 2. Runs with other
 * settings are a condition of their own, and so are those that a person broke.
 */
export function resultsOf(runs: readonly MeasuredRun[], browser: Browser): Results {
  const conditions = conditionsOf(runs);
  return {
    schema: "agent-transports/results",
    version: 1,
    startedAt: browser.startedAt,
    finishedAt: new Date().toISOString(),
    status: "complete",
    options: {
      depth: "quick",
      seed: 0,
      scenarios: ["page"],
      traffic: "the page's question",
      target: [...new Set(runs.map(({ settings }) => settings.target))].join(", "),
      handicap: null,
    },
    environment: {
      cpuModel: browser.userAgent,
      cores: browser.cores,
      memoryBytes: 0,
      kernel: NOT_TOLD,
      loadAverageAtStart: [],
      node: "none: a browser",
      versions: {},
      commit: null,
      dirty: null,
      timerLatenessMs: browser.timerLatenessMs,
    },
    scenarios: [
      {
        name: "page",
        title: "Answers on the page",
        question: "How does an answer come over both transports at once, in a browser that a person uses?",
        claims: [],
        method:
          "Two lanes of one page read at once, over connections of their own. Times are of the page's clock, from the question on. " +
          "What the hypervisor took is not told to a page, and counts as nothing.",
        arms: [
          { id: "sse", label: "SSE" },
          { id: "ws", label: "WebSocket" },
        ],
        conditions: conditions.map(conditionOf),
        metrics,
        notRun: null,
        blocks: conditions.flatMap(blocksOf),
      },
    ],
  };
}

/** Whole pair groups of unbroken runs: what a report compares. */
export function pairGroups(runs: readonly MeasuredRun[]): number {
  return conditionsOf(runs)
    .filter(({ broken }) => !broken)
    .reduce((sum, { runs }) => sum + Math.floor(runs.length / 2), 0);
}

const metrics: ScenarioResult["metrics"] = [
  {
    id: "firstToken",
    label: "time to the first token",
    unit: "ms",
    better: "lower",
    kind: "wait",
    quantiles: [0.5],
    description: "From the question to the first text that the page was given.",
  },
  {
    id: "gap",
    label: "time between two arrivals of text",
    unit: "ms",
    better: "lower",
    kind: "token",
    quantiles: [0.5, 0.99],
    description: "From one read or frame with text to the next. The agent's window gives it its size.",
    scheduled: true,
  },
  {
    id: "recovery",
    label: "time until text came again",
    unit: "ms",
    better: "lower",
    kind: "wait",
    quantiles: [0.5],
    description: "From the loss of a connection, as the page saw it, until text came again.",
  },
];

function isBroken({ lanes }: MeasuredRun): boolean {
  return Object.values(lanes).some(({ record }) => record.faults.length > 0);
}

/** Runs that may be compared with each other. */
interface RunsOfCondition {
  readonly id: string;
  readonly settings: RunSettings;
  readonly broken: boolean;
  readonly runs: readonly MeasuredRun[];
}

function conditionsOf(runs: readonly MeasuredRun[]): RunsOfCondition[] {
  const groups = Map.groupBy(runs, ({ settings }) => JSON.stringify(factorsOf(settings)));
  return [...groups.values()].flatMap((group, index) => {
    const [first] = group;
    if (first === undefined) return [];
    return [false, true].map((broken) => ({
      id: `${broken ? "broken" : "whole"}-${index + 1}`,
      settings: first.settings,
      broken,
      runs: group.filter((run) => isBroken(run) === broken),
    }));
  });
}

function factorsOf({ target, model, runs, scripted }: RunSettings): Condition["factors"] {
  return { client: "browser", target, model: model ?? NOT_TOLD, runs, ...scripted };
}

function conditionOf({ id, settings, broken, runs }: RunsOfCondition): Condition {
  const { target, model, scripted } = settings;
  const asked = [
    scripted === undefined ? (model ?? "a model that is not told") : `${scripted.words} words at ${scripted.tokensPerSecond} tokens/s`,
    settings.runs === "one" ? "one run for both" : "a run each",
    `at ${target}`,
  ].join(", ");
  return {
    id,
    label: `${broken ? "runs that were broken by hand" : "unbroken runs"}: ${asked}`,
    factors: factorsOf(settings),
    ...(runs.length === 0 ? { notRun: "No such run was read to its end." } : {}),
  };
}

function blocksOf({ id, runs }: RunsOfCondition): Block[] {
  return runs.flatMap((run, index) =>
    (["sse", "ws"] as const).map((arm) => {
      const first = index % 2 === 0;
      const position = arm === "sse" ? (first ? 0 : 3) : first ? 1 : 2;
      return blockOf(run, arm, { condition: id, arm, pair: Math.floor(index / 2), position });
    }),
  );
}

function blockOf(
  { lanes, frameDelayP99Ms }: MeasuredRun,
  arm: Transport,
  place: Pick<Block, "condition" | "arm" | "pair" | "position">,
): Block {
  const { record, comparison, bytesDown, bytesUp } = lanes[arm];
  const { received, lost, repeated, reordered } = comparison;
  return {
    ...place,
    startedAtMs: record.startedAt,
    durationMs: record.endedMs ?? record.nowMs,
    samples: {
      firstToken: record.firstTokenMs === undefined ? [] : [record.firstTokenMs],
      // The first is the wait for the model.
      gap: record.arrivals.slice(1).map(({ gapMs }) => gapMs),
      recovery: record.recoveriesMs,
    },
    values: { bytesDown, bytesUp, reconnects: record.reconnects, textEquals: comparison.equal ? 1 : 0 },
    integrity: { expected: received - repeated + lost, received, lost, repeated, reordered },
    contamination: {
      eventLoopDelayP99Ms: frameDelayP99Ms,
      stealShare: 0,
      marks: frameDelayP99Ms > EVENT_LOOP_DELAY_P99_MS ? ["event loop delayed"] : [],
    },
    timeline: [
      ...record.states.map(({ state, fromMs }) => ({
        tMs: fromMs,
        lane: arm,
        kind: state === "ended" || state === "failed" ? ("end" as const) : state,
      })),
      ...record.faults.map(({ fault, atMs }) => ({ tMs: atMs, lane: arm, kind: "fault" as const, label: fault })),
    ].sort((a, b) => a.tMs - b.tMs),
  };
}
