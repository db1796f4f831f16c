import { z } from "zod";
import { nothing, type BilledUsage } from "../cost/billed-usage.ts";
import type { CostArm } from "./cost-arms.ts";

/** What the peers' Worker says of an agent (`packages/peers/worker/worker.ts`). */
const counts = z.object({
  requests: z.number(),
  calls: z.number(),
  written: z.number(),
  read: z.number(),
  messages: z.number(),
  alarms: z.number(),
  storedBytes: z.number(),
  life: z.string(),
});

export interface Counted {
  /** Since the agent was made; without what is not counted there: times. */
  readonly usage: BilledUsage;
  /** Another one each time that the object comes to life. */
  readonly life: string;
}

/** What an agent was billed by so far. To ask it wakes it. @param endedBefore if given, answers that ended then or earlier are deleted first */
export async function countBilled(base: URL, arm: CostArm, agent: string, endedBefore?: number): Promise<Counted> {
  const url = new URL(`/billed/${arm.segment}/${agent}`, base);
  if (endedBefore !== undefined) url.searchParams.set("endedBefore", String(endedBefore));
  const answer = await fetch(url, { method: endedBefore === undefined ? "GET" : "DELETE" });
  if (!answer.ok) throw new Error(`What ${agent} is billed by cannot be counted: the Worker answered ${answer.status}.`);
  const { requests, calls, written, read, messages, alarms, storedBytes, life } = counts.parse(await answer.json());
  return {
    usage: {
      ...nothing,
      workerRequests: requests,
      objectRequests: calls,
      rowsWritten: written,
      rowsRead: read,
      messages,
      alarms,
      // For one day: a session says for how many.
      byteDays: storedBytes,
    },
    life,
  };
}
