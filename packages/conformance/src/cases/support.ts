import * as assert from "../assert.ts";
import { TransportError, type ClientOptions, type Run, type RunEvent, type TransportClient } from "@agent-transports/client-core";
import type { RunChunk } from "@agent-transports/protocol";
import type { Plan, ScriptedRun, ScriptedServer } from "../script.ts";
import { within } from "../time-limit.ts";

/** What a client is made with. */
export interface SubjectOptions extends ClientOptions {
  /** Sends the requests of a client over SSE, instead of the runtime's own: some cases give it streams that are cut to the byte. */
  readonly fetch?: typeof fetch;
}

/** A client under test. */
export interface Subject {
  readonly transport: "sse" | "ws";
  readonly create: (options: SubjectOptions) => TransportClient;
  /** A small client, an entry `./core`: what a case {@link ConformanceCase.needs} of the whole one, it does not have. */
  readonly isSmall?: true;
}

export interface ConformanceCase {
  /** A sentence about what a client does. */
  readonly title: string;
  /** For one transport alone, because the other cannot have the fault. */
  readonly only?: { readonly transport: "sse" | "ws"; readonly because: string };
  /** What it asks of a client that the small ones do not have. */
  readonly needs?:
    | "inputs"
    | "storage"
    | "schemas"
    | "bytes"
    | "streams"
    | "explanations"
    | "batches"
    | "connect"
    | "one socket"
    | "one reader";
  run(context: CaseContext): Promise<void>;
}

export interface CaseContext {
  readonly server: ScriptedServer;
  readonly transport: "sse" | "ws";
  /** A client of the server; closed after the case. */
  readonly client: (options?: Partial<SubjectOptions>) => TransportClient;
}

/** A run of `start`, so many text deltas, `finish` and the terminal event; with `everyMs` a live one. */
export function textRun(id: string, deltas = 6, size = 0, everyMs?: number): ScriptedRun {
  const chunks: RunChunk[] = [
    { type: "start" },
    ...Array.from({ length: deltas }, (_, index) => ({ type: "text-delta" as const, id: "0", delta: `${index} ${"x".repeat(size)}` })),
    { type: "finish" },
    { type: "data-run-end", data: { state: "finished" }, transient: true },
  ];
  return { id, epoch: `ep-${id}`, chunks, ...(everyMs !== undefined && { everyMs }) };
}

export async function collect(run: Run, onEvent?: (event: RunEvent) => void): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of run) {
    events.push(event);
    onEvent?.(event);
  }
  return events;
}

/** Collects, and lets the server go on behind each of these events, of which it waits for one after the other. */
export async function collectInStep(server: ScriptedServer, run: Run, ...ids: readonly string[]): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of run) {
    events.push(event);
    if (ids.includes(event.id)) await server.go();
  }
  return events;
}

/** All of the run from `from` on, once and in order. */
export function assertWhole(events: readonly RunEvent[], run: ScriptedRun, from = 1): void {
  const expected = run.chunks.slice(from - 1).map((data, index) => ({ id: `${run.epoch}.${from + index}`, data }));
  assert.deepEqual(events, expected);
}

export async function rejection(promise: Promise<unknown>): Promise<TransportError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof TransportError, `not a TransportError: ${String(error)}`);
    return error;
  }
  throw new assert.AssertionError("It resolved, but an error was expected.");
}

/** How many events the first connection was sent of what its reader does not read, once no more goes out; bounded in time. */
export async function sentWhenStopped(server: ScriptedServer): Promise<number> {
  let before = -1;
  for (let look = 0; look < 50; look++) {
    const { sent } = await server.askedAt(0);
    if (sent === before) break;
    before = sent;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return before;
}

/** Reads one item, nothing more for as long as the server sends, and then the rest. The run is larger than what lies between the two. */
export async function readSlowly<Item>(server: ScriptedServer, items: AsyncIterator<Item, undefined>): Promise<Item[]> {
  const received: Item[] = [];
  const first = await items.next();
  if (first.done !== true) received.push(first.value);
  // 26 MB are there to be sent.
  const sent = await sentWhenStopped(server);
  // A runtime at a distance has buffers on each hop: some 20 MB were seen.
  assert.ok(sent < 360, `${sent} of 400 events of 64 KiB were sent to a reader that does not read.`);
  for (let next = await items.next(); next.done !== true; next = await items.next()) received.push(next.value);
  return received;
}

/** As short as a heartbeat or a time limit can be at this distance, in ms: some round trips lie within it. */
export function patience({ delayMs }: ScriptedServer): number {
  return 200 + 10 * delayMs;
}

/** A limit that holds at this distance also where other cases keep the process busy, in ms. */
export function limitMs({ delayMs }: ScriptedServer): number {
  return 1_000 + 10 * delayMs;
}

/** Less than what a client takes that does not heed the limits it is given: those of PROTOCOL.md §4.7 and §6 are 10 s. */
const HEEDLESS_MS = 8_000;

/**
 * What a client does by its own clock. The bound is generous, because a machine may be busy with others. It is below what a client takes that
 * does not heed its limits.
 *
 * @param dueMs when it is due by the limits that the client was given
 */
export function inTime<Result>(server: ScriptedServer, dueMs: number, promise: Promise<Result>): Promise<Result> {
  const boundMs = Math.max(HEEDLESS_MS, 3 * dueMs + limitMs(server));
  return within(
    boundMs,
    promise,
    `It was due after ${dueMs} ms, and did not come within ${boundMs} ms: the client does not heed its limits.`,
  );
}

/** Three events, one of another log in the place of the fourth, and the agent's refusal on the next connection. */
export const anotherLog: readonly Plan[] = [
  [{ send: [1, 3] }, { sendAs: "other.4", chunk: { type: "text-delta", id: "0", delta: "not of this run" } }],
  [{ error: { code: "cannot_resume", message: "No.", reason: "unknown_epoch" } }],
];

export const prompt = { prompt: "Hello" } as const;
/** Quick enough for a suite; the delays themselves are tested as numbers. */
export const quick = { retry: { baseMs: 5, capMs: 20 } } as const;
