/** In the page: follows runs with the clients that people install, and stamps what comes with the page's own clock. Bundled by `pages.ts`. */
import type { RunInput } from "@agent-transports/protocol";
import { createSseClient, type Run, type RunEvent, type TransportClient } from "@agent-transports/sse-client";
import { createWsClient } from "@agent-transports/ws-client";
import { watch } from "./watch-page.ts";

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
  /** Of each request that the page made and that has ended, the protocol that ALPN agreed on (RFC 7301), such as `h2`. WebSockets are none of them. */
  protocols(): string[];
}

declare global {
  interface Window {
    follow: FollowPage;
  }
}

async function read(run: Run, startedAt: number): Promise<PageRun> {
  let firstEventMs = Number.NaN;
  let lastEventMs = Number.NaN;
  const events: RunEvent[] = [];
  for await (const event of run) {
    lastEventMs = performance.now() - startedAt;
    if (events.length === 0) firstEventMs = lastEventMs;
    events.push(event);
  }
  return { firstEventMs, lastEventMs, events, end: run.end?.state ?? "not ended" };
}

window.follow = {
  watch,
  async followAll(transport, agent, inputs) {
    // That a browser's connections are used up is what is measured, and no news.
    const options = { url: location.origin, name: agent, onError: () => undefined };
    const client: TransportClient = transport === "sse" ? createSseClient(options) : createWsClient(options);
    const startedAt = performance.now();
    const runs = inputs.map((input) => client.start(input));
    const all = await Promise.all(runs.map((run) => read(run, startedAt)));
    client.close();
    return all;
  },
  protocols: () =>
    performance
      .getEntriesByType("resource")
      .map((entry) => (entry instanceof PerformanceResourceTiming ? entry.nextHopProtocol : entry.entryType)),
};
