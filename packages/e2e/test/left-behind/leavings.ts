/** What the clients leave on what outlives them, and their timers. A test file that imports this counts both, with a server for each test. */
import { getEventListeners } from "node:events";
import { startScriptedServer, type Plan, type ScriptedServer } from "@agent-transports/conformance";
import { afterEach, beforeEach, expect, vi } from "vitest";

const END = { type: "data-run-end", data: { state: "finished" }, transient: true } as const;
const RUN = { id: "r", epoch: "e", chunks: [{ type: "start" }, { type: "finish" }, END] } as const;

export const quick = { retry: { baseMs: 1, capMs: 2, maxTries: 2 }, onError: (): void => undefined } as const;

/** Nothing stays for so long, also on a busy machine. */
const GONE_MS = 10_000;
/** A heartbeat is 5 s, and nothing listens until the next one. */
const HEARD_MS = 4_000;

/** Of the run one event, and no more. */
export const held: readonly Plan[] = [[{ send: [1, 1] }, "hold"]];

/** Timers of the clients that run, with where they were set. Those of 0 ms are over in their turn. */
const timers = new Map<unknown, string>();
/** Those that fired once all was closed. */
const late: string[] = [];
let closed = false;

/** What listens to the page, by the event. Node's own `EventTarget` does not remove what was added with `true`. */
const page = new Map<string, Set<unknown>>();
export const signals: AbortSignal[] = [];
export let server: ScriptedServer;

/** A signal of the application's. */
export function application(): AbortController {
  const abort = new AbortController();
  signals.push(abort.signal);
  return abort;
}

/** Where the clients, or partysocket, call this; `undefined` for all others. */
function ownCaller(): string | undefined {
  const frame = new Error("Where is this?").stack?.split("\n")[3] ?? "";
  return /(?:client-core|sse-client|ws-client|partysocket)\/(?:dist|src)\/[^)]*/.exec(frame)?.[0];
}

function watchTimers(kind: "Timeout" | "Interval"): void {
  const set = kind === "Timeout" ? globalThis.setTimeout : globalThis.setInterval;
  const clear = kind === "Timeout" ? globalThis.clearTimeout : globalThis.clearInterval;
  vi.stubGlobal(`set${kind}`, (then: () => void, ms = 0) => {
    const caller = ownCaller();
    const timer: unknown = set(() => {
      if (closed && timers.has(timer)) late.push(caller ?? "");
      if (kind === "Timeout") timers.delete(timer);
      then();
    }, ms);
    if (caller !== undefined && ms > 0) timers.set(timer, caller);
    return timer;
  });
  vi.stubGlobal(`clear${kind}`, (timer: never) => {
    timers.delete(timer);
    clear(timer);
  });
}

beforeEach(async () => {
  closed = false;
  server = await startScriptedServer();
  await server.runs(RUN);
  // Enough of a page for all that listens to one, and for what counts its connections.
  vi.stubGlobal("navigator", { onLine: true });
  vi.stubGlobal("document", { visibilityState: "visible" });
  vi.stubGlobal("addEventListener", (type: string, listener: unknown) => page.set(type, (page.get(type) ?? new Set()).add(listener)));
  vi.stubGlobal("removeEventListener", (type: string, listener: unknown) => page.get(type)?.delete(listener));
  watchTimers("Timeout");
  watchTimers("Interval");
});

afterEach(async () => {
  vi.unstubAllGlobals();
  timers.clear();
  page.clear();
  late.splice(0);
  signals.splice(0);
  await server.close();
});

function listening(): number {
  return [...signals.flatMap((signal) => getEventListeners(signal, "abort")), ...[...page.values()].flatMap((listeners) => [...listeners])]
    .length;
}

/** Of the run or chat that is over; its client is still there. */
export async function nothingListens(): Promise<void> {
  await vi.waitFor(() => expect(signals.map((signal) => getEventListeners(signal, "abort").length)).toEqual(signals.map(() => 0)), {
    timeout: HEARD_MS,
  });
}

/** Closes the client. @returns what stays: timers, and how many listen */
export async function behind(client: { close(): void }): Promise<readonly unknown[]> {
  client.close();
  closed = true;
  const left = (): readonly unknown[] => [...timers.values(), ...(listening() > 0 ? [listening()] : [])];
  // What closing itself takes is over in this turn.
  await new Promise((resolve) => void setImmediate(resolve));
  // What is left fires, and is found, or runs on.
  await vi.waitFor(() => expect(left()).toEqual([]), { timeout: GONE_MS }).catch(() => undefined);
  return [...late, ...left()];
}

export async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: { readonly code?: unknown }) => error.code ?? error,
  );
}
