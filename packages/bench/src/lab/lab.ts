import type { Nginx, NginxSettings } from "@agent-transports/lab/nginx";
import type { Reply, ScriptedProvider } from "@agent-transports/lab/provider";
import type { FaultProxy } from "@agent-transports/lab/proxy";
import type { Traffic } from "@agent-transports/lab/traffic";
import type { HostOptions, WorkerHost } from "@agent-transports/lab/worker-host";
import type { ClientOptions, TransportClient } from "@agent-transports/client-core";

/** Which of our clients an arm is measured with. Its proxy goes by the arm's id. */
export interface ClientArm {
  readonly id: string;
  readonly transport: "sse" | "ws";
}

/** Where blocks that run at once wait for each other. */
export interface Meeting {
  /** Resolves once each of them that still runs has called it as often as this one, or after a limit. */
  meet(): Promise<void>;
}

/** Of a block that runs alone. */
export const meetsNobody: Meeting = { meet: () => Promise.resolve() };

/** What a block works with, wherever the Agent is. */
interface AnyLab {
  readonly traffic: Traffic;
  readonly random: () => number;
  readonly meeting: Meeting;
  /** Unique within this lab. */
  id(): string;
  /** A client whose connections go through this arm's proxy, where there is one. */
  client(arm: ClientArm, options?: Partial<ClientOptions>, headers?: Readonly<Record<string, string>>): TransportClient;
  /** Ends the connections that an arm has kept open, so that the next request makes its own. */
  forgetConnections(arm: string): Promise<void>;
  /** Scripts a reply; a deployment has a model of its own. @returns the message that asks for it, which a run's input must hold, and the reply's id */
  script(reply: Reply): Script;
  /** Makes an agent's object, so that no block pays for its birth. */
  wake(agent: string): Promise<void>;
  close(): Promise<void>;
}

export interface Handicap {
  readonly arm: "sse" | "ws";
  readonly ms: number;
}

export interface Script {
  readonly id: string;
  readonly prompt: string;
}

/** Provider, Worker, proxies and clients, all in one process, with one clock. */
export interface LocalLab extends AnyLab {
  readonly kind: "local";
  readonly provider: ScriptedProvider;
  /** What is added to one arm on purpose, to see the instrument find it. */
  readonly handicap: Handicap | null;
  /** The Worker itself, behind no proxy. */
  readonly host: WorkerHost;
  /** Where the floor's provider and echo are, behind proxies of their own. */
  readonly floor: { readonly provider: string; readonly echo: URL };
  /** The proxy of an arm. @throws Error where the lab was opened without that arm */
  proxy(arm: string): FaultProxy;
  /** Another Worker, which compresses a WebSocket whose client offers it; started when it is first asked for. @throws HostError */
  compressing(): Promise<WorkerHost>;
  /** The nginx of these settings before the Worker, or before the compressing one; started when it is first asked for, and ended with the lab. @throws EdgeError */
  nginx(settings: NginxSettings, worker?: "compressing"): Promise<Nginx>;
  /** The proxy of an arm before that nginx. @throws EdgeError */
  nginxProxy(arm: string, settings: NginxSettings, worker?: "compressing"): Promise<FaultProxy>;
  /** Another Worker on the same provider, for what would spoil the lab's own. Whoever asks for it disposes of it. @throws HostError */
  startWorker(options?: HostOptions): Promise<WorkerHost>;
  /** Called when the lab is closed, before what was there earlier is closed: see {@link keptByLab}. */
  readonly onClose: (close: () => Promise<void>) => void;
}

/** A deployment, and clients. What it is fed, and what carries its bytes, cannot be seen from here. */
export interface RemoteLab extends AnyLab {
  readonly kind: "remote";
}

export type Lab = LocalLab | RemoteLab;

/** What a scenario keeps between its blocks: made when it is first asked for, and closed with the lab. */
export function keptByLab<Kept extends { close(): Promise<void> }>(
  make: (lab: LocalLab) => Promise<Kept>,
): (lab: LocalLab) => Promise<Kept> {
  // A block sees the lab with random numbers of its own; this is the lab's in all of them.
  const kept = new WeakMap<LocalLab["onClose"], Promise<Kept>>();
  return (lab) => {
    const there = kept.get(lab.onClose);
    if (there !== undefined) return there;
    const made = make(lab).then((one) => {
      lab.onClose(() => one.close());
      return one;
    });
    kept.set(lab.onClose, made);
    return made;
  };
}
