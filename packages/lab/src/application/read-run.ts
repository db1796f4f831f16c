import type { Run, RunEvent } from "@agent-transports/client-core";

/** A run as it was read. Times are of the application's clock, in ms. */
export interface ReadRun {
  readonly id: string | undefined;
  readonly askedAt: number;
  readonly events: readonly RunEvent[];
  /** By event, when the application had it. */
  readonly at: readonly number[];
  /** `finished`, `cancelled`, …; `not ended` where its events ended without it. */
  readonly end: string;
  /** How often the connection was lost and opened again. */
  readonly reconnects: number;
  /** What the client said of its connection, and when. */
  readonly states: readonly { readonly to: string; readonly at: number }[];
}

/** Called in the same turn as the start. */
export async function readRun(run: Run): Promise<ReadRun> {
  const askedAt = performance.now();
  const events: RunEvent[] = [];
  const at: number[] = [];
  const states: { to: string; at: number }[] = [];
  run.onStateChange(({ to }) => void states.push({ to, at: performance.now() }));
  for await (const event of run) {
    at.push(performance.now());
    events.push(event);
  }
  const opened = states.filter(({ to }) => to === "open").length;
  return { id: run.id, askedAt, events, at, end: run.end?.state ?? "not ended", reconnects: Math.max(0, opened - 1), states };
}
