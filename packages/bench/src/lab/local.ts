import { createClient } from "@agent-transports/lab/clients";
import { startEchoServer } from "@agent-transports/lab/floor";
import { startNginx, type Nginx } from "@agent-transports/lab/nginx";
import { replyMarker, startProvider } from "@agent-transports/lab/provider";
import { startProxy, type FaultProxy } from "@agent-transports/lab/proxy";
import type { Traffic } from "@agent-transports/lab/traffic";
import { startWorker, type HostOptions, type WorkerHost } from "@agent-transports/lab/worker-host";
import { resetConnections } from "./connections.ts";
import { meetsNobody, type Handicap, type LocalLab } from "./lab.ts";
import { wakeAgent } from "./wake-agent.ts";

export interface LocalLabOptions {
  readonly traffic: Traffic;
  readonly random: () => number;
  /** Of the Worker; 0 is any free one. */
  readonly port: number;
  /** What is added to one arm on purpose, to see the instrument find it. */
  readonly handicap: Handicap | null;
  /** Ids of further arms that need a proxy of their own. */
  readonly arms: readonly string[];
}

/** @throws HostError where the Worker does not start */
export async function openLocalLab(options: LocalLabOptions): Promise<LocalLab> {
  const closing = new Closing();
  try {
    return await open(options, closing);
  } catch (error) {
    await closing.close();
    throw error;
  }
}

/** What is to be closed, the last first. */
class Closing {
  readonly #closers: (() => Promise<void>)[] = [];

  add(close: () => Promise<void>): void {
    this.#closers.push(close);
  }

  async close(): Promise<void> {
    for (const one of this.#closers.splice(0).reverse()) await one();
  }
}

async function open(options: LocalLabOptions, closing: Closing): Promise<LocalLab> {
  const { traffic, random } = options;
  const provider = await startProvider();
  closing.add(() => provider.close());
  const start = (more: HostOptions = {}): Promise<WorkerHost> => {
    const vars = {
      OPENAI_API_KEY: "scripted",
      OPENAI_BASE_URL: provider.baseUrl,
      OPENAI_API: "chat",
      // Transports are compared, and a window of the log would hide what one of them adds to a token's way.
      DURABILITY: "event",
      // How soon readers are told that an answer is over is measured, and not how soon its model goes on.
      RECOVERY: "off",
      // The largest answer that is measured has 16 MB of text.
      LIMITS: JSON.stringify({ runBytes: 33_554_432 }),
      ...more.vars,
    };
    return startWorker({ ...more, vars });
  };
  const host = await start({ port: options.port });
  closing.add(() => host.dispose());

  const handicap = (arm: string, proxy: FaultProxy): void => {
    if (options.handicap?.arm === arm) proxy.setLatency({ downMs: options.handicap.ms });
  };
  const proxies = new Map<string, FaultProxy>();
  const proxyTo = async (arm: string, target: URL): Promise<FaultProxy> => {
    const proxy = await startProxy(target);
    closing.add(() => proxy.close());
    proxies.set(arm, proxy);
    return proxy;
  };
  for (const arm of new Set(["sse", "ws", ...options.arms.filter((arm) => arm !== "floor")])) handicap(arm, await proxyTo(arm, host.url));
  const echo = await startEchoServer();
  closing.add(() => echo.close());
  const base = new URL(provider.baseUrl);
  const floorProvider = await proxyTo("floor", base);
  const floor = { provider: new URL(base.pathname, floorProvider.url).href, echo: (await proxyTo("floor-echo", echo.url)).url };

  const beforeNginx: { readonly arm: string; readonly proxy: FaultProxy }[] = [];
  const nginxes = new OncePerKey<Nginx>(closing);
  const nginxProxies = new OncePerKey<FaultProxy>(closing);
  const workers = new OncePerKey<WorkerHost & { close(): Promise<void> }>(closing);
  const compressing = (): Promise<WorkerHost> =>
    workers.get("compressing", async () => {
      const compressed = await start({ vars: { COMPRESS_WEBSOCKETS: "on" } });
      return { ...compressed, close: () => compressed.dispose() };
    });
  const nginx: LocalLab["nginx"] = (settings, worker) =>
    nginxes.get(JSON.stringify([settings, worker]), async () => {
      const behind = worker === "compressing" ? await compressing() : host;
      return startNginx(behind.url, settings);
    });

  const proxyOf = (arm: string): FaultProxy => {
    const proxy = proxies.get(arm);
    if (proxy === undefined) throw new Error(`There is no proxy for ${arm}: open the lab with this arm.`);
    return proxy;
  };
  let ids = 0;

  return {
    kind: "local",
    provider,
    traffic,
    random,
    meeting: meetsNobody,
    handicap: options.handicap,
    floor,
    host,
    compressing,
    nginx,
    startWorker: start,
    onClose: (close) => closing.add(close),
    close: () => closing.close(),
    id: () => `b${(ids += 1)}`,
    proxy: proxyOf,
    client: ({ id, transport }, given = {}, headers = {}) => createClient(transport, { url: proxyOf(id).url, ...given }, headers),
    nginxProxy: (arm, settings, worker) =>
      nginxProxies.get(JSON.stringify([arm, settings, worker]), async () => {
        const proxy = await startProxy((await nginx(settings, worker)).url);
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
      const id = `r${(ids += 1)}`;
      provider.addReply(id, reply);
      return { id, prompt: replyMarker(id) };
    },
    wake: (agent) => wakeAgent(host.url, agent),
  };
}

/** Asked for by several at once, a thing is made once. */
class OncePerKey<Thing extends { close(): Promise<void> }> {
  readonly #made = new Map<string, Promise<Thing>>();
  readonly #closing: Closing;

  constructor(closing: Closing) {
    this.#closing = closing;
  }

  get(key: string, make: () => Promise<Thing>): Promise<Thing> {
    const before = this.#made.get(key);
    if (before !== undefined) return before;
    const making = make();
    this.#made.set(key, making);
    // Whoever asked was told of a failure.
    this.#closing.add(() =>
      making.then(
        (one) => one.close(),
        () => undefined,
      ),
    );
    return making;
  }
}
