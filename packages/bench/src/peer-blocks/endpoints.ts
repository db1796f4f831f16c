import { startProxy, type FaultProxy } from "@agent-transports/lab/proxy";
import type { WorkerHost } from "@agent-transports/lab/worker-host";
import { keptByLab, resetConnections, type Lab } from "../lab.ts";
import { allPeers } from "./index.ts";
import type { Peer } from "./types.ts";
import { peersWorker } from "./worker.ts";

/** The Worker that a peer asks, and the fault proxy before it, which is the peer's own. */
export interface Way {
  readonly host: WorkerHost;
  readonly proxy: FaultProxy;
}

/** Both Workers ask one provider; the peers' is started with the first block of a peer. */
const waysOf = keptByLab(async (lab) => {
  if (lab.provider === undefined || lab.host === undefined) throw new Error("Peers are measured beside the embedded Worker only.");
  const peers = await lab.startWorker(peersWorker(lab.provider.baseUrl));
  const ways = new Map<string, Way>();
  const close = async (): Promise<void> => {
    try {
      for (const { proxy } of ways.values()) await proxy.close();
    } finally {
      await peers.dispose();
    }
  };
  try {
    for (const { id, agent } of allPeers) {
      const host = agent === "ours" ? lab.host : peers;
      ways.set(id, { host, proxy: await startProxy(host.url) });
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { ways, close };
});

/** A peer's way, with no connection open that an earlier block kept. */
export async function freshWay(lab: Lab, { id }: Peer): Promise<Way> {
  const way = (await waysOf(lab)).ways.get(id);
  if (way === undefined) throw new Error(`There is no way to ${id}.`);
  await resetConnections([way.proxy]);
  return way;
}
