import type { RunFailure } from "@agent-transports/protocol";
import { tellOperator } from "../observability/observe.ts";
import { misconfigured } from "../wire/errors.ts";

/** Whether and how long an answer is taken up again after its generation was interrupted, PROTOCOL.md §1.2. */
export interface Recovery {
  /** Whether it is at all. Where not, a run ends as `interrupted` when its agent died, and as `failed` when its model broke off. Default: true. */
  readonly enabled: boolean;
  /** Tries in a row that added nothing to the answer. Default: 5. */
  readonly attempts: number;
  /** Tries of one run in all. Default: 100. */
  readonly attemptsInAll: number;
  /** How long an answer is tried again while nothing is added to it, in ms, tries included. Default: 1,800,000, half an hour. */
  readonly stalledMs: number;
  /** Tokens that a model may be shown or may write a second time for one run, estimated at four characters each. Default: 200,000. */
  readonly repeatedTokens: number;
}

export const DEFAULT_RECOVERY: Recovery = { enabled: true, attempts: 5, attemptsInAll: 100, stalledMs: 1_800_000, repeatedTokens: 200_000 };

const CHARS_PER_TOKEN = 4;
/** PROTOCOL.md §1.2: where nobody asks, the agent's own alarm wakes it within this time. */
const AWAKE_AGAIN_MS = 5_000;

/** What an agent's author said, whole. @throws RequestError `misconfigured` */
export function checkedRecovery(given: Partial<Recovery>): Recovery {
  const recovery = { ...DEFAULT_RECOVERY, ...given };
  // Any word would be true.
  if (typeof recovery.enabled !== "boolean") throw misconfigured("The recovery's enabled must be true or false.");
  for (const name of ["attempts", "attemptsInAll", "stalledMs", "repeatedTokens"] as const) {
    if (typeof recovery[name] !== "number" || !(recovery[name] >= 0))
      throw misconfigured(`The recovery's ${name} must be a number, 0 or above.`);
  }
  if (recovery.stalledMs > 0 && recovery.stalledMs < AWAKE_AGAIN_MS)
    tellOperator(
      `The recovery's stalledMs is ${recovery.stalledMs} ms, and an agent that died may take ${AWAKE_AGAIN_MS} to be awake. Did you mean seconds?`,
    );
  return recovery;
}

/** Failures of a model's stream, after which the rest of the answer may still be had. */
const PASSING: ReadonlySet<string> = new Set(["model_stream_broken", "model_unreachable", "model_timeout"]);

export function isPassing({ code, status }: RunFailure): boolean {
  return PASSING.has(code) || (code === "model_error" && status !== undefined && (status >= 500 || status === 429));
}

/** What was tried for one run. It outlives the agent. */
export interface Tried {
  /** In a row, with nothing added. */
  readonly attempts: number;
  /** In all. */
  readonly total: number;
  /** How much of the answer there was at the last try, see PartialAnswer.amount. */
  readonly amount: number;
  readonly repeatedTokens: number;
  /** When something was last seen to have been added, in ms since 1970. */
  readonly progressAt: number;
  /** Its agent died at the level `behind`, and its readers are told what is lost. */
  readonly lost?: true;
}

/** One more try: what is to be noted of it, or why there is none. */
export type NextTry = { readonly tried: Tried } | { readonly over: string };

/**
 * @param amount how much of the answer there is now
 * @param repeatedChars how much a model is shown again by this try
 */
export function nextTry(before: Tried | undefined, amount: number, repeatedChars: number, bounds: Recovery, now: number): NextTry {
  const progress = before === undefined || amount > before.amount;
  const tried: Tried = {
    attempts: progress ? 1 : before.attempts + 1,
    total: (before?.total ?? 0) + 1,
    amount,
    repeatedTokens: (before?.repeatedTokens ?? 0) + Math.ceil(repeatedChars / CHARS_PER_TOKEN),
    progressAt: progress ? now : before.progressAt,
  };
  if (tried.attempts > bounds.attempts) return { over: `it was tried ${bounds.attempts} times with nothing gained` };
  if (tried.total > bounds.attemptsInAll) return { over: `it was tried ${bounds.attemptsInAll} times in all` };
  if (now - tried.progressAt > bounds.stalledMs) return { over: `nothing was gained for ${Math.round(bounds.stalledMs / 1_000)} s` };
  if (tried.repeatedTokens > bounds.repeatedTokens)
    return { over: `its model would be shown more than ${bounds.repeatedTokens} tokens again` };
  return { tried };
}

const WAIT_BASE_MS = 250;
const WAIT_MAX_MS = 10_000;

/** How long to wait before this try: the first after a gain is made at once. @param random from 0 to 1 */
export function waitBefore({ attempts }: Tried, random: number): number {
  return attempts <= 1 ? 0 : Math.min(WAIT_MAX_MS, WAIT_BASE_MS * 2 ** (attempts - 2)) * (0.5 + random / 2);
}
