import type { Run, RunEvent, TransportClient } from "@agent-transports/client-core";
import { IntegrityChecker } from "@agent-transports/lab/integrity";
import { tokenIndices, tokenText, type Reply, type SentReply } from "@agent-transports/lab/provider";
import type { Lab } from "../../lab/lab.ts";
import { contextOf } from "../../lab/run-input.ts";
import type { Integrity } from "../../results/schema.ts";

/** A reply of so many tokens at a steady rate. */
export function steadyReply({ random }: Pick<Lab, "random">, tokens: number, perSecond: number, firstMs = 0): Reply {
  const indices = Array.from({ length: tokens }, (_, index) => index);
  return {
    tokens: indices.map((index) => tokenText(index, random)),
    dueMs: indices.map((index) => firstMs + (index * 1000) / perSecond),
  };
}

/** Which of the provider's tokens an event carries: more than one where they came together. */
export function tokensOf(event: RunEvent): number[] {
  return event.data.type === "text-delta" && typeof event.data.delta === "string" ? tokenIndices(event.data.delta) : [];
}

/** Reads a run to its end. @returns what was lost on the way */
export async function followToEnd(
  lab: Lab,
  run: Run,
  tokens: number | undefined,
  onEvent: (event: RunEvent, at: number) => void,
): Promise<Integrity> {
  const checker = new IntegrityChecker();
  for await (const event of run) {
    onEvent(event, performance.now());
    checker.see(event);
  }
  if (run.end?.state !== "finished" && run.end?.state !== "cancelled")
    throw new Error(`A run ended as ${run.end?.state}: ${run.end?.error?.message}`);
  return checker.result(lab.kind === "remote" ? undefined : tokens);
}

/** A run that has ended, with the ids of its events; its client, which has served, is closed. */
export async function finishedRun(
  lab: Lab,
  client: TransportClient,
): Promise<{ readonly run: string; readonly ids: readonly string[]; readonly integrity: Integrity }> {
  const reply = steadyReply(lab, 3, 100_000);
  const ids: string[] = [];
  using starter = client;
  const run = starter.start(contextOf(lab.script(reply).prompt));
  const integrity = await followToEnd(lab, run, reply.tokens.length, ({ id }) => ids.push(id));
  return { run: await run.started, ids, integrity };
}

/** Cancels what was seen of a paid model's answer; if that fails, the run's own end says so. */
export async function cancelQuietly(run: Run): Promise<void> {
  await run.cancel().catch(() => undefined);
}

/** By token, how much later than it was due each one left the provider, in ms: what the block's own side spoiled. */
export function latenessOf(sent: SentReply | undefined): number[] {
  return sent?.sentAt.map((at, index) => at - (sent.dueAt[index] ?? at)) ?? [];
}

/** Waits for a moment of the monotonic clock. */
export async function until(at: number): Promise<void> {
  // A timer counts in whole milliseconds, and may fire a fraction of one early.
  for (let waitMs = at - performance.now(); waitMs > 0; waitMs = at - performance.now()) {
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
}
