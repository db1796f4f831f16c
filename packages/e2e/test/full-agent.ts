import { startProxy, type FaultProxy } from "@agent-transports/lab/proxy";
import { startWorker, type WorkerHost } from "@agent-transports/lab/worker-host";

/** A network's, there and back. */
const ROUND_TRIP_MS = 80;

/** An agent that takes so many sockets, and the line to it. */
export interface FullAgent {
  readonly host: WorkerHost;
  readonly line: FaultProxy;
  /** How many sockets it has, as it says. */
  sockets(name: string): Promise<number>;
  close(): Promise<void>;
}

export async function startFullAgent(sockets: number): Promise<FullAgent> {
  const host = await startWorker({ vars: { LIMITS: JSON.stringify({ sockets }), SCRIPTED_TOKENS_PER_SECOND: "50" } });
  const line = await startProxy(host.url);
  line.setLatency({ upMs: ROUND_TRIP_MS / 2, downMs: ROUND_TRIP_MS / 2 });
  return {
    host,
    line,
    async sockets(name) {
      const response = await fetch(new URL(`/agents/transport-agent/${name}`, host.url));
      const { live } = (await response.json()) as { readonly live: { readonly sockets: number } };
      return live.sockets;
    },
    async close() {
      await line.close();
      await host.dispose();
    },
  };
}
