import type { ClientOptions, TransportClient } from "@agent-transports/client-core";
import { authorization, createClient } from "@agent-transports/lab/clients";
import { startEchoServer } from "@agent-transports/lab/floor";
import { startNginx, type Nginx, type NginxSettings } from "@agent-transports/lab/nginx";
import { replyMarker, startProvider, type Reply, type ScriptedProvider } from "@agent-transports/lab/provider";
import { startProxy, type FaultProxy } from "@agent-transports/lab/proxy";
import type { Traffic } from "@agent-transports/lab/traffic";
import { startWorker, type HostOptions, type WorkerHost } from "@agent-transports/lab/worker-host";
import { AGENT_SEGMENT, type RunInput } from "@agent-transports/protocol";

/** All that a block works with: provider, Worker, proxies and clients, in one process. */
export interface Lab {
  /** Absent against a deployment. */
  readonly provider: ScriptedProvider | undefined;
  readonly traffic: Traffic;
  readonly random: () => number;
  /** Unique within this lab. */
  id(): string;
  /** A client whose connections go through this arm's proxy. */
  client(arm: string, options?: Partial<ClientOptions>, headers?: Readonly<Record<string, string>>): TransportClient;
  /** The proxy of an arm; absent against a deployment. */
  proxy(arm: string): FaultProxy | undefined;
  /** The Worker itself, behind no proxy; absent against a deployment. */
  readonly host: WorkerHost | undefined;
  /** The nginx of these settings before the Worker; started when it is first asked for, and ended with the lab. @throws NginxError */
  nginx(settings: NginxSettings): Promise<Nginx>;
  /** The proxy of an arm before that nginx. @throws NginxError */
  nginxProxy(arm: string, settings: NginxSettings): Promise<FaultProxy>;
  /** Ends the connections that an arm has kept open, so that the next request makes its own. */
  forgetConnections(arm: string): Promise<void>;
  /** Scripts a reply. @returns the message that asks for it, which a run's input must hold, and the reply's id */
  script(reply: Reply): { readonly id: string; readonly prompt: string };
  /** Makes an agent's object, so that no block pays for its birth. */
  wake(agent: string): Promise<void>;
  /** Where the floor's provider and echo are, behind the proxies of these arms. */
  readonly floor: { readonly provider: string; readonly echo: URL } | undefined;
  /** Another Worker on the same provider, for what would spoil the lab's own. Whoever asks for it disposes of it. @throws HostError */
  startWorker(options?: HostOptions): Promise<WorkerHost>;
  /** Called when the lab is closed, before what was there earlier is closed: see {@link keptByLab}. */
  readonly onClose: (close: () => Promise<void>) => void;
  close(): Promise<void>;
}

export interface LabOptions {
  readonly traffic: Traffic;
  readonly random: () => number;
  readonly url: URL | undefined;
  readonly port: number;
  readonly handicap: { readonly arm: "sse" | "ws"; readonly ms: number } | null;
  /** Further arms that need a proxy of their own. */
  readonly arms: readonly string[];
}

/** @throws HostError where the Worker does not start */
export async function openLab(options: LabOptions): Promise<Lab> {
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const one of closers.splice(0).reverse()) await one();
  };
  try {
    return await open(options, closers, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function open(options: LabOptions, closers: (() => Promise<void>)[], close: () => Promise<void>): Promise<Lab> {
  const { traffic, random, url } = options;
  const proxies = new Map<string, FaultProxy>();
  let provider: ScriptedProvider | undefined;
  let floor: Lab["floor"];
  let host: WorkerHost | undefined;
  const handicap = (arm: string, proxy: FaultProxy): void => {
    if (options.handicap?.arm === arm) proxy.setLatency({ downMs: options.handicap.ms });
  };
  const start = (more: HostOptions = {}): Promise<WorkerHost> => {
    if (provider === undefined) throw new Error("There is no Worker to start beside a deployment.");
    // Sockets are compressed where the client offers it, which METHOD.md says, and `compression` compares.
    const vars = {
      OPENAI_API_KEY: "scripted",
      OPENAI_BASE_URL: provider.baseUrl,
      OPENAI_API: "chat",
      COMPRESS_WEBSOCKETS: "1",
      ...more.vars,
    };
    return startWorker({ ...more, vars });
  };
  if (url === undefined) {
    const scripted = await startProvider();
    closers.push(() => scripted.close());
    provider = scripted;
    const started = await start({ port: options.port });
    closers.push(() => started.dispose());
    host = started;
    const proxyTo = async (arm: string, target: URL): Promise<FaultProxy> => {
      const proxy = await startProxy(target);
      closers.push(() => proxy.close());
      proxies.set(arm, proxy);
      return proxy;
    };
    for (const arm of new Set(["sse", "ws", ...options.arms.filter((arm) => arm !== "floor")]))
      handicap(arm, await proxyTo(arm, started.url));
    const echo = await startEchoServer();
    closers.push(() => echo.close());
    const base = new URL(scripted.baseUrl);
    const floorProvider = await proxyTo("floor", base);
    floor = { provider: new URL(base.pathname, floorProvider.url).href, echo: (await proxyTo("floor-echo", echo.url)).url };
  }
  const nginxes = new Map<string, Promise<Nginx>>();
  const nginxProxies = new Map<string, Promise<FaultProxy>>();
  const beforeNginx: { readonly arm: string; readonly proxy: FaultProxy }[] = [];
  /** Asked for by several at once, it is made once. */
  const once = <Made extends { close(): Promise<void> }>(
    made: Map<string, Promise<Made>>,
    key: string,
    make: () => Promise<Made>,
  ): Promise<Made> => {
    const before = made.get(key);
    if (before !== undefined) return before;
    const making = make();
    made.set(key, making);
    // Whoever asked was told of a failure.
    closers.push(() =>
      making.then(
        (one) => one.close(),
        () => undefined,
      ),
    );
    return making;
  };
  const nginx = (settings: NginxSettings): Promise<Nginx> =>
    once(nginxes, JSON.stringify(settings), () => {
      if (host === undefined) throw new Error("There is an nginx before the embedded Worker only.");
      return startNginx(host.url, settings);
    });

  let ids = 0;
  const target = (arm: string): URL => proxies.get(arm)?.url ?? url!;

  return {
    provider,
    traffic,
    random,
    floor,
    host,
    nginx,
    startWorker: start,
    onClose: (close) => void closers.push(close),
    close,
    id: () => `b${(ids += 1)}`,
    proxy: (arm) => proxies.get(arm),
    client(arm, given = {}, headers = {}) {
      return createClient(transportOf(arm), { url: target(arm), ...given }, headers);
    },
    nginxProxy: (arm, settings) =>
      once(nginxProxies, `${arm} ${JSON.stringify(settings)}`, async () => {
        const proxy = await startProxy((await nginx(settings)).url);
        handicap(arm, proxy);
        beforeNginx.push({ arm, proxy });
        return proxy;
      }),
    async forgetConnections(arm) {
      const own = proxies.get(arm);
      await resetConnections([
        ...(own === undefined ? [] : [own]),
        ...beforeNginx.filter((one) => one.arm === arm).map(({ proxy }) => proxy),
      ]);
    },
    script(reply) {
      if (provider === undefined) return { id: "", prompt: "Write a long story about a river." };
      const id = `r${(ids += 1)}`;
      provider.addReply(id, reply);
      return { id, prompt: replyMarker(id) };
    },
    async wake(agent) {
      const response = await fetch(new URL(`/agents/${AGENT_SEGMENT}/${agent}`, host?.url ?? target("sse")), { headers: authorization });
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`The agent answered ${response.status} to a GET.`);
    },
  };
}

/** Ends what is open on these proxies. */
export async function resetConnections(proxies: readonly FaultProxy[]): Promise<void> {
  const open = proxies.flatMap((proxy) => proxy.connections.filter(({ closedAt }) => closedAt === undefined));
  if (open.length === 0) return;
  for (const connection of open) connection.reset();
  // The client's pool hears of it with its own next turns.
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** Which client an arm is measured with. */
export function transportOf(arm: string): "sse" | "ws" {
  return arm.startsWith("sse") ? "sse" : "ws";
}

/** What a scenario keeps between its blocks: made when it is first asked for, and closed with the lab. */
export function keptByLab<Kept extends { close(): Promise<void> }>(make: (lab: Lab) => Promise<Kept>): (lab: Lab) => Promise<Kept> {
  // A block sees the lab with random numbers of its own; this is the lab's in all of them.
  const kept = new WeakMap<Lab["onClose"], Promise<Kept>>();
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

/** A whole context of one message, so that no block grows a conversation that the next one pays for. */
export function contextOf(prompt: string): RunInput {
  return { messages: [{ id: "m", role: "user", parts: [textPart(prompt)] }] };
}

export function textPart(text: string): { readonly type: "text"; readonly text: string } {
  return { type: "text", text };
}
