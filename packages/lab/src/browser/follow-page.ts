/** In the page: follows runs with the clients that people install, and stamps what comes with the page's own clock. Bundled by `pages.ts`. */
import type { RunInput } from "@agent-transports/protocol";
import { createSseClient, type Run, type RunEvent, type TransportClient } from "@agent-transports/sse-client";
import { createWsClient } from "@agent-transports/ws-client";
import { perform, type Action, type Done } from "../application/index.ts";
import { watch } from "./watch-page.ts";

/** Which connections a page has when it begins: none, as after a long absence, or the one that it was loaded by. */
export type OpenConnections = "none" | "page";

export interface PageApplication {
  readonly transport: "sse" | "ws";
  readonly agent: string;
  readonly connections: OpenConnections;
  /** Of the client. Default: its own. */
  readonly heartbeatMs?: number;
}

export interface PageRun {
  /** From the start of all runs to this one's first event in the application, in ms. */
  readonly firstEventMs: number;
  /** The same to its last. */
  readonly lastEventMs: number;
  /** In the order in which they came. */
  readonly events: readonly RunEvent[];
  readonly end: string;
}

export interface FollowPage {
  readonly watch: typeof watch;
  /** Starts a run for each input at once, on one client, and reads all to their ends. */
  followAll(transport: "sse" | "ws", agent: string, inputs: readonly RunInput[]): Promise<PageRun[]>;
  /** How many runs of the agent, of all that the page has followed, have text in the application. */
  begun(agent: string): number;
  /** What an application does in a page, each time with these connections open. Pages at edges only. */
  perform(application: PageApplication, action: Action): Promise<Done>;
  /**
   * Of each request that the page made and that has ended, the protocol that ALPN agreed on (RFC 7301), such as `h2`. WebSockets are none of them, and a request that failed spoke none.
   * The browser notes a request a moment after its last byte: waits for this many, for 2 s at most, and gives what there is.
   */
  protocols(atLeast: number): Promise<string[]>;
}

declare global {
  interface Window {
    follow: FollowPage;
  }
  /** What Chromium has with `--enable-net-benchmarking`: it ends every connection of the browser. */
  const chrome: { readonly benchmarking: { closeConnections(): void } };
}

function newClient({ transport, agent, heartbeatMs }: Omit<PageApplication, "connections">): TransportClient {
  // That a browser's connections are used up is what is measured, and no news.
  const options = { url: location.origin, name: agent, onError: () => undefined, ...(heartbeatMs !== undefined && { heartbeatMs }) };
  return transport === "sse" ? createSseClient(options) : createWsClient(options);
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 150));
}

const PAUSES = 20;

/**
 * Leaves the page with one connection, as whoever has just loaded it. Over QUIC the page cannot tell: a request may go with the handshake (0-RTT).
 *
 * @throws Error where the old ones do not go
 */
async function connectAnew(): Promise<void> {
  for (let pauses = 0; pauses < PAUSES; pauses++) {
    performance.clearResourceTimings();
    await (await fetch(location.href)).arrayBuffer();
    if (timings().some(({ connectStart, connectEnd, nextHopProtocol }) => connectEnd > connectStart || nextHopProtocol === "h3")) return;
    await pause();
  }
  throw new Error("The browser does not close its connections.");
}

function timings(): PerformanceResourceTiming[] {
  return performance.getEntriesByType("resource").filter((entry) => entry instanceof PerformanceResourceTiming);
}

const NOTED_LIMIT_MS = 2_000;

async function protocols(atLeast: number): Promise<string[]> {
  const giveUpAt = performance.now() + NOTED_LIMIT_MS;
  for (;;) {
    const spoken = timings().flatMap(({ nextHopProtocol }) => (nextHopProtocol === "" ? [] : [nextHopProtocol]));
    if (spoken.length >= atLeast || performance.now() > giveUpAt) return spoken;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const begun = new Map<string, number>();

async function read(run: Run, agent: string, startedAt: number): Promise<PageRun> {
  let firstEventMs = Number.NaN;
  let lastEventMs = Number.NaN;
  const events: RunEvent[] = [];
  let hasText = false;
  for await (const event of run) {
    lastEventMs = performance.now() - startedAt;
    if (events.length === 0) firstEventMs = lastEventMs;
    events.push(event);
    if (!hasText && event.data.type === "text-delta") {
      hasText = true;
      begun.set(agent, (begun.get(agent) ?? 0) + 1);
    }
  }
  return { firstEventMs, lastEventMs, events, end: run.end?.state ?? "not ended" };
}

window.follow = {
  watch,
  async followAll(transport, agent, inputs) {
    const client = newClient({ transport, agent });
    const startedAt = performance.now();
    const runs = inputs.map((input) => client.start(input));
    const all = await Promise.all(runs.map((run) => read(run, agent, startedAt)));
    client.close();
    return all;
  },
  begun: (agent) => begun.get(agent) ?? 0,
  perform: ({ connections, ...application }, action) =>
    perform(
      {
        newClient: () => newClient(application),
        async prepareConnections() {
          chrome.benchmarking.closeConnections();
          // Another process does it, and does not say when it has.
          await pause();
          if (connections === "page") await connectAnew();
        },
      },
      action,
    ),
  protocols,
};
