import { arrivalsOf, azureGaps, peakRate, trafficPhases, type Phase, type Quantiles } from "./arrivals.ts";
import { RUN_LIMIT_MS } from "../script/run-limit.ts";
import type { StepSpec } from "../script/step-spec.ts";
import { integrityThresholds, P95_FIRST_EVENT_MS, type Threshold } from "./thresholds.ts";

/** What a plan is made of, where the scenario's own defaults are not wanted. */
export interface Wanted {
  /** Users a second. */
  readonly rate: number;
  readonly seconds: number;
  /** Of real traffic, in milliseconds between two requests. */
  readonly gaps?: Quantiles;
}

/** A load test of this project: who comes when, what each user does, and what must hold. */
export interface LoadScenario {
  /** What it is for, as a noun phrase. */
  readonly about: string;
  readonly byDefault: { readonly rate: number; readonly seconds: number };
  /** It cannot be longer. */
  readonly mostSeconds?: number;
  readonly phases: (wanted: Wanted) => readonly Phase[];
  /** What a user does, in the words of a scenario file. */
  readonly flow: (wanted: Wanted) => readonly StepSpec[];
  /** A run that takes longer has failed. Default: `RUN_LIMIT_MS`. */
  readonly runLimitMs?: (wanted: Wanted) => number;
  /** What a model writes for one of its questions, by estimate. Default: `TOKENS_PER_ANSWER`. */
  readonly tokensPerAnswer?: (wanted: Wanted) => number;
  /** More users than these at once are dropped arrivals. */
  readonly mostUsers: (phases: readonly Phase[]) => number;
  readonly thresholds: readonly Threshold[];
  /** k6's scripts have it too: its users do nothing but ask. */
  readonly inK6: boolean;
}

/** A context of its own in each start: no agent's conversation grows with the load. */
export const QUESTION = "Write one short paragraph about streams.";

/** What a model writes for a paragraph. An estimate. */
export const TOKENS_PER_ANSWER = 200;

const ask: readonly StepSpec[] = [{ start: QUESTION }, { read: "end" }];
const firstEvent: Threshold = { is: "p95", metric: "first_event_ms", atMost: P95_FIRST_EVENT_MS };

/** Users that ask once: where answers take longer than a minute, too many are there. */
function aMinuteOfThem(phases: readonly Phase[]): number {
  return Math.max(100, Math.ceil(peakRate(phases) * 60));
}

/** Users that stay. Twice as many as come: Artillery divides this and the rate between its workers, and not in the same way. */
function allOfThem(phases: readonly Phase[]): number {
  return 2 * arrivalsOf(phases);
}

const asking = {
  flow: () => ask,
  mostUsers: aMinuteOfThem,
  thresholds: [...integrityThresholds, firstEvent],
  inK6: true,
} satisfies Partial<LoadScenario>;

const SEED = 20_231_116;

/** The users of `mass-disconnect` come in the first half of the time, and all of them go away two seconds behind that. */
function comingSeconds({ seconds }: Wanted): number {
  return Math.max(1, Math.round(seconds / 2));
}

function awayAtSecond(wanted: Wanted): number {
  return comingSeconds(wanted) + 2;
}

/** The scripted model of `load` is as fast, and few models are faster. */
const WORDS_A_SECOND = 100;
/** So much longer than until they go away do the answers of the first users last: they come back to a live stream. */
const LIVE_SECONDS = 5;
/** Of English. */
const TOKENS_A_WORD = 4 / 3;

/** Of an answer that is written still when its user goes away, and when it comes back. A user that had all of it by then would have nothing to recover. */
function wordsOutlasting(wanted: Wanted): number {
  return WORDS_A_SECOND * (awayAtSecond(wanted) + LIVE_SECONDS);
}

export const scenarios: { readonly [Name in ScenarioName]: LoadScenario } = {
  steady: {
    ...asking,
    about: "questions at a constant rate",
    byDefault: { rate: 10, seconds: 15 },
    phases: ({ rate, seconds }) => [{ name: "steady", seconds, rate }],
  },
  "real-traffic": {
    ...asking,
    about: "questions that come as in Azure's LLM traces, or in a trace of your own",
    byDefault: { rate: 5.53, seconds: 60 },
    phases: ({ rate, seconds, gaps = azureGaps }) => trafficPhases(gaps, rate, seconds, SEED),
  },
  soak: {
    ...asking,
    about: "a constant rate for an hour: what leaks, and what fails rarely",
    byDefault: { rate: 5, seconds: 3_600 },
    phases: ({ rate, seconds }) => [{ name: "soak", seconds, rate }],
  },
  knee: {
    ...asking,
    about: "a ramp, to find the rate at which first events come too late",
    byDefault: { rate: 50, seconds: 120 },
    phases: ({ rate, seconds }) => [{ name: "ramp", seconds, rate: 1, rampTo: rate }],
    // That they come late is what it looks for.
    thresholds: integrityThresholds,
  },
  spike: {
    ...asking,
    about: "ten times the rate for a sixth of the time",
    byDefault: { rate: 3, seconds: 60 },
    phases({ rate, seconds }) {
      const [before, spike] = [Math.max(1, Math.round(seconds / 3)), Math.max(1, Math.round(seconds / 6))];
      return [
        { name: "before", seconds: before, rate },
        { name: "spike", seconds: spike, rate: rate * 10 },
        { name: "after", seconds: Math.max(1, Math.round(seconds) - before - spike), rate },
      ];
    },
  },
  sessions: {
    about: "people who connect first, ask several questions and send inputs",
    byDefault: { rate: 2, seconds: 30 },
    phases: ({ rate, seconds }) => [{ name: "sessions", seconds, rate }],
    flow: () => [
      { connect: {} },
      { loop: [...ask, { think: { from: 1, to: 3 } }], count: 3 },
      // Long, so that it is alive when the input and the cancel come.
      { start: "Write 600 words about streams." },
      { read: { until: "text-delta" } },
      { send: { note: "shorter, please" } },
      { read: { until: "data-input" } },
      { cancel: {} },
      { read: "end" },
    ],
    mostUsers: allOfThem,
    thresholds: [...integrityThresholds, firstEvent],
    inK6: false,
  },
  "mass-disconnect": {
    about: "all users lose their connection in one second, and come back at once",
    byDefault: { rate: 10, seconds: 20 },
    // 18,700 words: the scripted model writes 20,000 at most.
    mostSeconds: 360,
    phases: (wanted) => [{ name: "come", seconds: comingSeconds(wanted), rate: wanted.rate }],
    runLimitMs: (wanted) => RUN_LIMIT_MS + 1_000 * awayAtSecond(wanted),
    tokensPerAnswer: (wanted) => Math.ceil(TOKENS_A_WORD * wordsOutlasting(wanted)),
    flow: (wanted) => [
      { start: `Write ${wordsOutlasting(wanted)} words about streams.` },
      { read: { until: "text-delta" } },
      { drop: { atSecond: awayAtSecond(wanted) } },
      { resume: {} },
      { read: "end" },
    ],
    mostUsers: allOfThem,
    thresholds: [...integrityThresholds, { is: "p95", metric: "recovery_ms", atMost: 5_000 }],
    inK6: false,
  },
  idle: {
    about: "many users that are connected and ask nothing for a while, then one question each",
    byDefault: { rate: 50, seconds: 20 },
    phases: ({ rate, seconds }) => [{ name: "connect", seconds, rate }],
    flow: ({ seconds }) => [{ connect: {} }, { think: seconds }, ...ask],
    mostUsers: allOfThem,
    thresholds: [...integrityThresholds, firstEvent],
    inK6: false,
  },
};

export type ScenarioName = "steady" | "real-traffic" | "soak" | "knee" | "spike" | "sessions" | "mass-disconnect" | "idle";

export const scenarioNames: readonly ScenarioName[] = Object.keys(scenarios).filter((name) => isScenarioName(name));

function isScenarioName(name: string): name is ScenarioName {
  return name in scenarios;
}

/** The most that a run of a scenario may take, in milliseconds. */
export function runLimitMsOf(name: ScenarioName, wanted: Wanted): number {
  return scenarios[name].runLimitMs?.(wanted) ?? RUN_LIMIT_MS;
}

/** What one answer of a scenario has, in tokens, by estimate. */
export function tokensPerAnswerOf(name: ScenarioName, wanted: Wanted): number {
  return scenarios[name].tokensPerAnswer?.(wanted) ?? TOKENS_PER_ANSWER;
}

/** How many runs a user of this flow starts. */
export function runsPerUser(flow: readonly StepSpec[]): number {
  return flow.reduce((sum, step) => sum + ("start" in step ? 1 : 0) + ("loop" in step ? runsPerUser(step.loop) * step.count : 0), 0);
}
