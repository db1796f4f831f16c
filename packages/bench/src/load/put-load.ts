import type { TransportClient } from "@agent-transports/client-core";
import { createClient } from "@agent-transports/lab/clients";
import { addUp, IntegrityChecker } from "@agent-transports/lab/integrity";
import { messageOf } from "../usage/errors.ts";
import type { Integrity } from "../results/schema.ts";

export interface LoadOptions {
  readonly transport: "sse" | "ws";
  readonly url: URL;
  /** Runs started per second. */
  readonly rate: number;
  readonly seconds: number;
  readonly agents: number;
  readonly signal: AbortSignal;
}

export interface LoadOutcome {
  readonly transport: "sse" | "ws";
  readonly started: number;
  readonly finished: number;
  /** In ms, from when the run was due, not from when it could be started. */
  readonly firstEventMs: readonly number[];
  readonly runMs: readonly number[];
  readonly integrity: Integrity;
  /** Of the runs that did not finish, by message. */
  readonly failures: ReadonlyMap<string, number>;
}

/** A run that takes longer has failed: a load test ends. */
const RUN_LIMIT_MS = 120_000;

/** An open model: runs begin on schedule, whether or not the earlier ones have ended. Each is read to its end and checked. */
export async function putLoad(options: LoadOptions): Promise<LoadOutcome> {
  const { transport, url, rate, seconds, agents, signal } = options;
  const clients: TransportClient[] = Array.from({ length: agents }, (_, index) =>
    createClient(transport, { url, name: `load-${transport}-${index}`, retry: { maxTries: 5 } }),
  );
  const firstEventMs: number[] = [];
  const runMs: number[] = [];
  const integrity: Integrity[] = [];
  const failures = new Map<string, number>();
  let finished = 0;

  const oneRun = async (client: TransportClient, dueAt: number): Promise<void> => {
    const checker = new IntegrityChecker();
    const limit = AbortSignal.any([signal, AbortSignal.timeout(RUN_LIMIT_MS)]);
    try {
      // A whole context: no agent's conversation grows with the load.
      const run = client.start({ messages: [{ id: "m", role: "user", parts: [textPart] }] }, { signal: limit });
      let first = true;
      for await (const event of run) {
        if (first) firstEventMs.push(performance.now() - dueAt);
        first = false;
        checker.see(event);
      }
      if (run.end?.state !== "finished") throw new Error(`The run ended as ${run.end?.state}: ${run.end?.error?.message}`);
      runMs.push(performance.now() - dueAt);
      finished += 1;
      integrity.push(checker.result());
    } catch (error) {
      const message = messageOf(error);
      failures.set(message, (failures.get(message) ?? 0) + 1);
    }
  };

  const startAt = performance.now();
  const running: Promise<void>[] = [];
  for (let n = 0; n < rate * seconds && !signal.aborted; n++) {
    const dueAt = startAt + (n * 1000) / rate;
    const waitMs = dueAt - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    const client = clients[n % clients.length];
    if (client !== undefined) running.push(oneRun(client, dueAt));
  }
  await Promise.all(running);
  for (const client of clients) client.close();
  return { transport, started: running.length, finished, firstEventMs, runMs, integrity: addUp(integrity), failures };
}

const textPart: { readonly type: "text"; readonly text: string } = { type: "text", text: "Write one short paragraph about streams." };
