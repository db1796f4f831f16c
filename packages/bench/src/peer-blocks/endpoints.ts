import { startProxy, type FaultProxy } from "@agent-transports/lab/proxy";
import type { WorkerHost } from "@agent-transports/lab/worker-host";
import { peersWorker } from "@agent-transports/peers";
import { resetConnections } from "../lab/connections.ts";
import { keptByLab, type LocalLab } from "../lab/lab.ts";
import type { MeasuredPeer } from "../scenarios/parts/scenario.ts";
import { measuredPeers } from "./measured-peers.ts";

/** The Worker that a peer asks, and the fault proxy before it, which is the peer's own. */
export interface Endpoint {
  readonly host: WorkerHost;
  readonly proxy: FaultProxy;
}

/** Both Workers ask one provider; the peers' is started with the first block of a peer. */
const endpointsOf = keptByLab(async (lab) => {
  const peers = await lab.startWorker(peersWorker(lab.provider.baseUrl));
  const endpoints = new Map<string, Endpoint>();
  const close = async (): Promise<void> => {
    try {
      for (const { proxy } of endpoints.values()) await proxy.close();
    } finally {
      await peers.dispose();
    }
  };
  try {
    for (const { id, application } of measuredPeers) {
      const host = application.agent === "ours" ? lab.host : peers;
      endpoints.set(id, { host, proxy: await startProxy(host.url) });
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { endpoints, close };
});

/** A peer's endpoint, with no connection open that an earlier block kept. */
export async function freshEndpoint(lab: LocalLab, { id }: MeasuredPeer): Promise<Endpoint> {
  const endpoint = (await endpointsOf(lab)).endpoints.get(id);
  if (endpoint === undefined) throw new Error(`There is no endpoint of ${id}.`);
  await resetConnections([endpoint.proxy]);
  return endpoint;
}
