/** What followed a fault, as an application sees it: of our clients, and of what is measured beside them. */
import type { FaultMoment } from "./faults.ts";

export interface Recovery {
  readonly recovery?: number;
  readonly open?: number;
  readonly notice?: number;
  readonly replayed?: number;
}

/** What an application saw of a run, stamped. */
export interface Observed {
  readonly states: readonly { readonly to: string; readonly at: number }[];
  readonly events: readonly { readonly at: number; readonly tokens: readonly number[] }[];
}

interface Resumption {
  /** Absent where nothing was noticed, as in a stall. */
  readonly lostAt: number | undefined;
  readonly openAt: number | undefined;
  readonly goesOnAt: number;
  readonly nextAt: number;
}

/**
 * How a run went on after a fault, before the next one; `undefined` where no event followed. What was on its way when it was made is not yet what comes after it: an event counts
 * from when the connection was open again, or the stall over.
 */
export function resumptionAfter({ states, events }: Observed, { at, healedAt }: FaultMoment, before: number): Resumption | undefined {
  const within = (one: { readonly at: number }): boolean => one.at >= at && one.at < before;
  const lostAt = states.find((one) => within(one) && one.to !== "open" && one.to !== "ended")?.at;
  const openAt = lostAt === undefined ? undefined : states.find((one) => within(one) && one.at >= lostAt && one.to === "open")?.at;
  const goesOnAt = healedAt ?? openAt;
  const nextAt = goesOnAt === undefined ? undefined : events.find((one) => within(one) && one.at >= goesOnAt)?.at;
  return goesOnAt === undefined || nextAt === undefined ? undefined : { lostAt, openAt, goesOnAt, nextAt };
}

/**
 * What followed a fault, before the next one, in ms after it.
 *
 * @param sentAt by token, when the model said it
 * @throws Error where no event followed
 */
export function recoveryFrom(seen: Observed, fault: FaultMoment, before: number, sentAt: readonly number[]): Recovery {
  const resumption = resumptionAfter(seen, fault, before);
  if (resumption === undefined) throw new Error("No event came after a fault.");
  const { lostAt, openAt, goesOnAt, nextAt } = resumption;
  const replayed = seen.events
    .filter(({ at }) => at >= goesOnAt && at < before)
    .flatMap(({ tokens }) => tokens.filter((token) => (sentAt[token] ?? Infinity) < goesOnAt));
  return {
    recovery: nextAt - fault.at,
    replayed: replayed.length,
    ...(lostAt === undefined ? {} : { notice: lostAt - fault.at }),
    ...(openAt === undefined ? {} : { open: openAt - fault.at }),
  };
}
