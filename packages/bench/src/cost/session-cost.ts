import { between, nothing, sumOf, times, type BilledUsage, type Measured } from "./billed-usage.ts";
import type { MeasuredArm } from "./measured-arm.ts";
import { priced, type ModelPrice, type Price, type Prices } from "./prices.ts";

/** What somebody does with an agent, from the moment that the page opens until it is closed. */
export interface Session {
  readonly answers: number;
  /** In each answer. */
  readonly tokens: number;
  readonly tokensPerSecond: number;
  /** From the question to the first token: the model's own. */
  readonly firstTokenMs: number;
  /** Between an answer's end and the next question. */
  readonly thinkMs: number;
  /** Into each answer, while it is generated. */
  readonly inputsPerSecond: number;
  /** That the page stays open after the last answer. */
  readonly openMs: number;
  /** That answers are kept. */
  readonly keptDays: number;
}

/** After so long without work, the runtime takes an object from memory: what comes next wakes it. */
export const SLEEP_AFTER_MS = 10_000;
const DAYS_A_MONTH = 30;
const BYTES_A_GB = 1e9;

/** In dollars. */
export interface Cost {
  readonly terms: Readonly<Record<CostTerm, number>>;
  readonly total: number;
}

export const costTerms = ["rowsWritten", "rowsDeleted", "awake", "idle", "requests", "messages", "rowsRead", "cpu", "storage"] as const;
export type CostTerm = (typeof costTerms)[number];

/** Usage times prices. */
export function costOf(usage: BilledUsage, prices: Prices): Cost {
  const gbSeconds = (ms: number): number => priced(prices.objectGbSeconds, gbSecondsOf(ms, prices));
  const terms = {
    rowsWritten: priced(prices.rowsWritten, usage.rowsWritten),
    rowsDeleted: priced(prices.rowsWritten, usage.rowsDeleted),
    awake: gbSeconds(usage.awakeMs),
    idle: gbSeconds(usage.idleMs),
    requests: priced(prices.workerRequests, usage.workerRequests) + priced(prices.objectRequests, usage.objectRequests + usage.alarms),
    messages: priced(prices.objectRequests, usage.messages / prices.messagesPerRequest),
    rowsRead: priced(prices.rowsRead, usage.rowsRead),
    cpu: priced(prices.workerCpuMs, usage.workerCpuMs),
    storage: priced(prices.storedGbMonths, gbMonthsOf(usage.byteDays)),
  };
  return { terms, total: costTerms.reduce((sum, term) => sum + terms[term], 0) };
}

function gbSecondsOf(ms: number, { objectGb }: Prices): number {
  return (ms / 1_000) * objectGb;
}

function gbMonthsOf(byteDays: number): number {
  return byteDays / DAYS_A_MONTH / BYTES_A_GB;
}

/** How often the same fits into what each month's subscription includes: until then, only the subscription is paid. */
export function includedTimes(usage: BilledUsage, prices: Prices): number {
  const uses: readonly (readonly [Price, number])[] = [
    [prices.rowsWritten, usage.rowsWritten + usage.rowsDeleted],
    [prices.rowsRead, usage.rowsRead],
    [prices.objectGbSeconds, gbSecondsOf(usage.awakeMs + usage.idleMs, prices)],
    [prices.workerRequests, usage.workerRequests],
    [prices.objectRequests, usage.objectRequests + usage.alarms + usage.messages / prices.messagesPerRequest],
    [prices.workerCpuMs, usage.workerCpuMs],
    [prices.storedGbMonths, gbMonthsOf(usage.byteDays)],
  ];
  return Math.min(...uses.map(([{ included }, units]) => (units === 0 ? Number.POSITIVE_INFINITY : included / units)));
}

/** Of a page that is open and does nothing. */
export function costOfWaiting({ sleeps }: MeasuredArm, ms: number, prices: Prices): Cost {
  return costOf({ ...nothing, idleMs: sleeps ? 0 : ms }, prices);
}

/** What a session costs at Cloudflare, the model left out. @throws RangeError as {@link usageOfSession} does */
export function costOfSession(arm: MeasuredArm, session: Session, prices: Prices): Cost {
  return costOf(usageOfSession(arm, session), prices);
}

/** The same, a model's answer each. @param inputTokens that each question gives to the model, the conversation so far included */
export function modelCost(price: ModelPrice, { answers, tokens }: Pick<Session, "answers" | "tokens">, inputTokens: number): number {
  return (answers * (inputTokens * price.inputUsd + tokens * price.outputUsd)) / 1e6;
}

/**
 * What a session takes.
 *
 * @throws RangeError where it goes faster or slower than what was measured, or has inputs that the arm does not take
 */
export function usageOfSession(arm: MeasuredArm, session: Session): BilledUsage {
  const { answers, tokens, tokensPerSecond, firstTokenMs, thinkMs, inputsPerSecond, openMs, keptDays } = session;
  const answer = answerUsage(arm, tokens, tokensPerSecond);
  const pauses = Math.max(0, answers - 1);
  const slept = arm.sleeps && thinkMs >= SLEEP_AFTER_MS ? pauses : 0;
  const inputs = answers * inputsPerSecond * (tokens / tokensPerSecond);
  const usage = sumOf(
    arm.opening,
    times(answers, answer),
    times(slept, arm.afterPause),
    inputs === 0 ? nothing : times(inputs, inputOf(arm)),
    { ...nothing, awakeMs: answers * firstTokenMs, idleMs: arm.sleeps ? 0 : pauses * thinkMs + openMs },
  );
  return { ...usage, byteDays: usage.byteDays * keptDays };
}

/** Whether {@link usageOfSession} can say what it takes. */
export function isMeasured(arm: MeasuredArm, { tokensPerSecond, inputsPerSecond }: Session): boolean {
  const rates = ratesOf(arm);
  const within = Math.min(...rates) <= tokensPerSecond && tokensPerSecond <= Math.max(...rates);
  return within && (inputsPerSecond === 0 || arm.input !== null);
}

/** At which it was measured, in tokens a second, ascending. */
export function ratesOf({ answers }: MeasuredArm): readonly number[] {
  return [...new Set(answers.map((one) => one.tokensPerSecond))].sort((a, b) => a - b);
}

function inputOf({ input, label }: MeasuredArm): BilledUsage {
  if (input === null) throw new RangeError(`${label} takes no inputs into a live answer.`);
  return input;
}

/** Between what was measured: on a line in tokens at one rate, and on a line in the time of a token between two rates. */
function answerUsage(arm: MeasuredArm, tokens: number, tokensPerSecond: number): BilledUsage {
  const rates = ratesOf(arm);
  const slower = rates.findLast((rate) => rate <= tokensPerSecond);
  const faster = rates.find((rate) => rate >= tokensPerSecond);
  if (slower === undefined || faster === undefined)
    throw new RangeError(`${arm.label} was measured from ${rates[0]} to ${rates.at(-1)} tokens/s, and not at ${tokensPerSecond}.`);
  const at = (rate: number): Measured => [1 / rate, atRate(arm.answers, tokens, rate)];
  return between(1 / tokensPerSecond, at(slower), at(faster));
}

function atRate(answers: MeasuredArm["answers"], tokens: number, tokensPerSecond: number): BilledUsage {
  const measured = answers
    .filter((one) => one.tokensPerSecond === tokensPerSecond)
    .map((one): Measured => [one.tokens, one.usage])
    .sort(([a], [b]) => a - b);
  const [shortest, longest] = [measured[0], measured.at(-1)];
  if (shortest === undefined || longest === undefined) return nothing;
  return between(tokens, shortest, longest);
}
