import { misconfigured } from "../wire/errors.ts";

/**
 * When a run's events get into the log, PROTOCOL.md §1.1.
 *
 * Cloudflare bills each row that is written, and one that is written with a token costs more than all else that an Agent does for the token.
 */
export type Durability =
  /** Each event is stored before it is sent, and waits for nothing. Events that come within two milliseconds share a row. */
  | { readonly level: "event" }
  /** Events are stored before they are sent. What a model writes waits for up to `windowMs` after its last words, and shares a row. Default: 125. */
  | { readonly level: "window"; readonly windowMs?: number }
  /** Events are sent at once and stored within `windowMs`. After a crash of the agent, what was sent in that time may be missing: `data-lost` says so. Default: 1,000. */
  | { readonly level: "behind"; readonly windowMs?: number };

export type DurabilityLevel = Durability["level"];

/** In ms: at least, if nothing is said, at most. */
export const DURABILITY_WINDOWS_MS = {
  window: { least: 2, fallback: 125, most: 1_000 },
  behind: { least: 10, fallback: 1_000, most: 60_000 },
} as const;

export const DEFAULT_DURABILITY: Durability = { level: "window" };

/** What {@link Durability} says, whole. */
export interface CheckedDurability {
  readonly level: DurabilityLevel;
  /** 0 at the level `event`. */
  readonly windowMs: number;
}

/** @throws RequestError `misconfigured` where an agent's author set what cannot be */
export function checkedDurability(given: Durability): CheckedDurability {
  if (given.level === "event") return { level: "event", windowMs: 0 };
  if (!Object.hasOwn(DURABILITY_WINDOWS_MS, given.level)) throw misconfigured("The durability's level must be event, window or behind.");
  const { least, fallback, most } = DURABILITY_WINDOWS_MS[given.level];
  const windowMs = given.windowMs ?? fallback;
  if (typeof windowMs !== "number" || !(windowMs >= least && windowMs <= most))
    throw misconfigured(`The durability's window at the level ${given.level} must be ${least} to ${most} ms.`);
  return { level: given.level, windowMs };
}
