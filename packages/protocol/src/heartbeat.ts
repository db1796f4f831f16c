import { HEARTBEAT_DEFAULT_MS, HEARTBEAT_MAX_MS, HEARTBEAT_MIN_MS } from "./constants.ts";

/** PROTOCOL.md §3.2, §4.5: `?heartbeat=<ms>`, clamped. */
export function heartbeatPeriodMs(asked: string | null): number {
  const ms = asked === null || !/^[0-9]{1,9}$/.test(asked) ? HEARTBEAT_DEFAULT_MS : Number(asked);
  return Math.min(Math.max(ms, HEARTBEAT_MIN_MS), HEARTBEAT_MAX_MS);
}
