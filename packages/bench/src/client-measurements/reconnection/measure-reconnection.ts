import { startProxy, type FaultProxy } from "@agent-transports/lab/proxy";
import type { Browser } from "playwright-core";
import { agentClient } from "../arms/agent-client.ts";
import type { ClientArm, OnEvent } from "../arms/index.ts";
import { ourSse, ourWs } from "../arms/ours.ts";
import { eventsource } from "../arms/sse-peers.ts";
import { partysocket } from "../arms/ws-peers.ts";
import type { Figures } from "../job.ts";
import { openInChromium } from "./chromium.ts";
import { startLiveServer, type LiveServer } from "./live.ts";
import { Received } from "./received.ts";

const PERIOD_MS = 10;
/** How long a server is away that is started again. */
const DOWN_MS = 1_000;
/** Events before the fault, and after the return: what is repeated or lost has the time to show. */
const SETTLED_EVENTS = 50;
const SETTLE_WITHIN_MS = 15_000;
/** Who is not back by then is not waited for. */
export const BACK_WITHIN_MS = 60_000;

/** What happens to a connection, as data. */
export interface Fault {
  readonly id: string;
  readonly title: string;
  /** Most of it is waiting for a minute: its arms wait together. */
  readonly together?: boolean;
  /** @returns the newest event that may have come before it */
  make(server: LiveServer, proxy: FaultProxy): Promise<number> | number;
  /** What is to be done afterwards, while the client tries to come back. */
  mend?(server: LiveServer): Promise<void>;
}

export const faults: readonly Fault[] = [
  {
    id: "back-reset",
    title: "back after a reset (RST)",
    make(server, proxy) {
      proxy.reset();
      return server.tail;
    },
  },
  {
    id: "back-close",
    title: "back after a clean close (end of the response, close code 1001)",
    make: (server) => server.closeConnections(),
  },
  {
    id: "back-restart",
    title: `back after the server's restart (SIGKILL, ${DOWN_MS / 1000} s away)`,
    async make(server) {
      await server.kill();
      return server.tail;
    },
    async mend(server) {
      await new Promise((resolve) => setTimeout(resolve, DOWN_MS));
      await server.revive();
    },
  },
  {
    id: "back-half-open",
    title: `back after a peer fell silent without a word, within ${BACK_WITHIN_MS / 1000} s`,
    together: true,
    make(server, proxy) {
      proxy.halfOpen();
      return server.tail;
    },
  },
];

interface Closable {
  close(): Promise<void> | void;
}

/** A client that comes back by itself, with its library's defaults. */
export interface BackArm {
  readonly id: string;
  readonly label: string;
  /** It promises that each event comes once: anything else is a failure and not a figure. */
  readonly exactlyOnce: boolean;
  open(url: URL, onEvent: OnEvent, onFailure: (error: unknown) => void, browser: () => Promise<Browser>): Promise<Closable> | Closable;
}

export const backArms: readonly BackArm[] = [
  peer(eventsource, "eventsource"),
  {
    id: "Chromium",
    label: "EventSource of Chromium",
    exactlyOnce: false,
    open: async (url, onEvent, _onFailure, browser) => openInChromium(await browser(), url, onEvent),
  },
  peer(partysocket, "partysocket"),
  peer(agentClient, agentClient.label),
  { ...peer(ourSse, ourSse.label), exactlyOnce: true },
  { ...peer(ourWs, ourWs.label), exactlyOnce: true },
];

function peer(arm: ClientArm, label: string): BackArm {
  return {
    id: arm.id,
    label,
    exactlyOnce: false,
    open(url, onEvent, onFailure) {
      const client = arm.connect({ url });
      const reading = client.open("live", onEvent);
      reading.failed.catch(onFailure);
      return {
        close() {
          reading.close();
          client.close();
        },
      };
    },
  };
}

/**
 * @returns `backMs`, from the fault to the first event that can't have come before it, or infinity; `awayMs`, until the server listened again,
 * where it was away; `lost`, `repeated` and `reordered` events
 * @throws Error where a client that promises each event once did not keep it, or gave up
 */
export async function measureBack(fault: Fault, arm: BackArm, browser: () => Promise<Browser>): Promise<Figures> {
  const server = await startLiveServer(PERIOD_MS);
  const proxy = await startProxy(server.url);
  const received = new Received();
  let open: Closable | undefined;
  try {
    let failure: { readonly error: unknown } | undefined;
    open = await arm.open(proxy.url, received.see, (error) => (failure = { error }), browser);
    await settle(arm, received);
    const faultAt = performance.now();
    const tail = await fault.make(server, proxy);
    const mend = async (): Promise<number> => {
      await fault.mend?.(server);
      return performance.now();
    };
    const [backAt, mendedAt] = await Promise.all([received.firstAfter(tail, BACK_WITHIN_MS), mend()]);
    if (backAt !== undefined) await settle(arm, received);
    if (failure !== undefined) throw failure.error;
    const counted = received.faults;
    if (arm.exactlyOnce && (backAt === undefined || counted.lost + counted.repeated + counted.reordered > 0)) {
      throw new Error(`${arm.label}, ${fault.title}: ${backAt === undefined ? "not back" : JSON.stringify(counted)}.`);
    }
    const away = fault.mend === undefined ? {} : { awayMs: mendedAt - faultAt };
    // Of who is not back nothing can be said to be lost, or not to be.
    return backAt === undefined ? { backMs: Number.POSITIVE_INFINITY, ...away } : { backMs: backAt - faultAt, ...away, ...counted };
  } finally {
    await open?.close();
    await proxy.close();
    await server.close();
  }
}

async function settle(arm: BackArm, received: Received): Promise<void> {
  if (await received.more(SETTLED_EVENTS, SETTLE_WITHIN_MS)) return;
  throw new Error(`${arm.label}: fewer than ${SETTLED_EVENTS} more events came in ${SETTLE_WITHIN_MS / 1000} s.`);
}
