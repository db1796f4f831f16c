import type { Browser } from "playwright-core";
import { startProxy } from "@agent-transports/lab/proxy";
import type { Figures } from "../job.ts";
import { BACK_WITHIN_MS, type ConnectionFault } from "./connection-faults.ts";
import { startLiveServer } from "./live-server.ts";
import { ReceivedEvents } from "./received-events.ts";
import type { Closable, ReconnectingArm } from "./reconnecting-arms.ts";

const PERIOD_MS = 10;
/** Events before the fault, and after the return: what is repeated or lost has the time to show. */
const SETTLED_EVENTS = 50;
const SETTLE_WITHIN_MS = 15_000;

/**
 * @returns `backMs`, from the fault to the first event that can't have come before it, or infinity; `awayMs`, until the server listened again,
 * where it was away; `lost`, `repeated` and `reordered` events
 * @throws Error where a client that promises each event once did not keep it, or gave up
 */
export async function measureReconnection(fault: ConnectionFault, arm: ReconnectingArm, browser: () => Promise<Browser>): Promise<Figures> {
  const server = await startLiveServer(PERIOD_MS);
  const proxy = await startProxy(server.url);
  const received = new ReceivedEvents();
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
    const counted = received.deviations;
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

async function settle(arm: ReconnectingArm, received: ReceivedEvents): Promise<void> {
  if (await received.more(SETTLED_EVENTS, SETTLE_WITHIN_MS)) return;
  throw new Error(`${arm.label}: fewer than ${SETTLED_EVENTS} more events came in ${SETTLE_WITHIN_MS / 1000} s.`);
}
