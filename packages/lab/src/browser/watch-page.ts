/** In the page: one run, by our clients or by what the browser has itself, with every moment stamped by the page's own clock. */
import type { TransportClient } from "@agent-transports/client-core";
import { createSseClient, isRunEnd, type RunEvent } from "@agent-transports/sse-client";
import { createWsClient } from "@agent-transports/ws-client";
import { openEventSource, openWebSocket, type RunInPage, type Seen } from "./native.ts";

export type PageArm = "sse" | "ws" | "native-eventsource" | "native-websocket" | "native-websocket-by-hand";

/** A connection was opened, or, with an `event`, the application received it. */
export interface Moment {
  /** Of the page's clock, in ms. */
  readonly at: number;
  readonly event?: RunEvent;
}

declare global {
  interface Window {
    /** Called with the first event on each connection; of the benchmark's own process. */
    flows(): Promise<void>;
  }
}

/** Follows a run to its end, or until nothing has come for so long. @returns all moments, in order */
export async function watch(arm: PageArm, run: RunInPage, patienceMs: number): Promise<Moment[]> {
  const moments: Moment[] = [];
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  let patience = setTimeout(end, patienceMs);
  let flowing = false;
  const close = await open(arm, run, {
    opened() {
      moments.push({ at: performance.now() });
      flowing = false;
    },
    event(event) {
      moments.push({ at: performance.now(), event });
      clearTimeout(patience);
      if (isRunEnd(event.data)) end();
      else patience = setTimeout(end, patienceMs);
      if (!flowing) void window.flows();
      flowing = true;
    },
  });
  await over;
  close();
  return moments;
}

async function open(arm: PageArm, run: RunInPage, seen: Seen): Promise<() => void> {
  switch (arm) {
    case "sse":
      return openClient(createSseClient(optionsOf(run)), run, seen);
    case "ws":
      return openClient(createWsClient(optionsOf(run)), run, seen);
    case "native-eventsource":
      return openEventSource(run, seen);
    case "native-websocket":
    case "native-websocket-by-hand":
      return openWebSocket(run, seen, arm === "native-websocket-by-hand");
  }
}

function optionsOf({ agent, heartbeatMs }: RunInPage): Parameters<typeof createSseClient>[0] & Parameters<typeof createWsClient>[0] {
  // That connections break is what is measured, and no news.
  return { url: location.origin, name: agent, heartbeatMs, onError: () => undefined };
}

function openClient(client: TransportClient, { input }: RunInPage, seen: Seen): () => void {
  const run = client.start(input);
  run.onStateChange(({ to }) => {
    if (to === "open") seen.opened();
  });
  const read = async (): Promise<void> => {
    for await (const event of run) seen.event(event);
  };
  read().catch(() => undefined); // Its events then end, which whoever watches sees.
  return () => client.close();
}
