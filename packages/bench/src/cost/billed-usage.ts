import { z } from "zod";

/** What Cloudflare bills for something that an agent did, counted. Each is a mean where it is of several, so none need be whole. */
export const billedUsageSchema = z.strictObject({
  /** To the Worker: HTTP requests and WebSocket upgrades. */
  workerRequests: z.number(),
  /** Of the Worker alone. An object's CPU time is not billed. */
  workerCpuMs: z.number(),
  /** To the object: HTTP requests, upgrades and RPC calls. */
  objectRequests: z.number(),
  /** To the object, over WebSockets. Those that the runtime answers by itself are not among them. */
  messages: z.number(),
  /** That fired. To set one is a row. */
  alarms: z.number(),
  /** Alarms that were set among them. */
  rowsWritten: z.number(),
  /** When what was logged is deleted. */
  rowsDeleted: z.number(),
  rowsRead: z.number(),
  /** Of the object, at work. */
  awakeMs: z.number(),
  /** Of the object, with nothing to do and not able to hibernate. */
  idleMs: z.number(),
  /** By which the object's database grew, times the days that they are kept. */
  byteDays: z.number(),
});

export type BilledUsage = z.infer<typeof billedUsageSchema>;
type Counted = keyof BilledUsage;

export const nothing: BilledUsage = combined(() => 0);

export function sumOf(...usages: readonly BilledUsage[]): BilledUsage {
  return combined((name) => usages.reduce((sum, usage) => sum + usage[name], 0));
}

export function times(factor: number, usage: BilledUsage): BilledUsage {
  return combined((name) => factor * usage[name]);
}

/** What one took more than another. Nothing was given back: where it took less, the difference is chance, and 0. */
export function beyond(usage: BilledUsage, other: BilledUsage): BilledUsage {
  return combined((name) => Math.max(0, usage[name] - other[name]));
}

/** On the line through two that were measured. Never below 0. */
export function between(at: number, [fromAt, from]: Measured, [toAt, to]: Measured): BilledUsage {
  const share = fromAt === toAt ? 0 : (at - fromAt) / (toAt - fromAt);
  return combined((name) => Math.max(0, from[name] + share * (to[name] - from[name])));
}

/** Where on an axis something was measured. */
export type Measured = readonly [at: number, usage: BilledUsage];

function combined(valueOf: (name: Counted) => number): BilledUsage {
  return {
    workerRequests: valueOf("workerRequests"),
    workerCpuMs: valueOf("workerCpuMs"),
    objectRequests: valueOf("objectRequests"),
    messages: valueOf("messages"),
    alarms: valueOf("alarms"),
    rowsWritten: valueOf("rowsWritten"),
    rowsDeleted: valueOf("rowsDeleted"),
    rowsRead: valueOf("rowsRead"),
    awakeMs: valueOf("awakeMs"),
    idleMs: valueOf("idleMs"),
    byteDays: valueOf("byteDays"),
  };
}
