import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Action, Done } from "@agent-transports/lab/application";
import { openPages, tellNetwork, type NetworkKind, type PageApplication } from "@agent-transports/lab/browser";
import { makeCertificate, startEdge, type Edge, type EdgeKind, type HttpVersion, type Port } from "@agent-transports/lab/edge";
import { openNetwork, profiles, type Network } from "@agent-transports/lab/network";
import { openNodeApplication, type NodeApplication } from "@agent-transports/lab/node-application";
import { replyMarker, startProvider, type Reply, type ScriptedProvider } from "@agent-transports/lab/provider";
import { startWorker, type HostOptions } from "@agent-transports/lab/worker-host";
import type { Page } from "playwright-core";
import { keepOpen } from "./keep-open.ts";
import type { Script } from "./lab.ts";
import { contextOf } from "./run-input.ts";
import { startRestartable } from "./restartable-worker.ts";
import { wakeAgent } from "./wake-agent.ts";

/** Where the client runs, what it speaks with the edge, and which program the edge is. */
export interface Way {
  /** Default: Chromium. */
  readonly client?: "Chromium" | "Node";
  readonly http: HttpVersion;
  readonly edge: EdgeKind;
  /** Default: the one that speaks this version alone. */
  readonly port?: Port;
}

/** An application with one of our clients on the near side: a page of the edge's own origin, or a program in Node. */
export interface Visitor {
  readonly perform: (application: PageApplication, action: Action) => Promise<Done>;
  /** Its own `performance.now()`, in ms. */
  readonly now: () => Promise<number>;
  /** What its requests have spoken until now, as ALPN names it; `null` where it cannot say. */
  readonly protocols: (atLeast: number) => Promise<readonly string[] | null>;
  /** The page is told that it is on this kind of network now. @throws Error where it is no page */
  readonly tellNetwork: (kind: NetworkKind) => Promise<void>;
  readonly close: () => Promise<void>;
}

/**
 * The deployed shape on one machine: on the far side a provider, a Worker and edges that speak TLS before it, on the near side Chromium, and a link
 * between. Whoever measures here has it alone.
 */
export interface Place {
  readonly network: Network;
  readonly provider: ScriptedProvider;
  readonly open: (way: Way) => Promise<Visitor>;
  /** @returns the message that asks for it, and the reply's id */
  readonly script: (reply: Reply) => Script;
  /** Makes an agent's object, so that no block pays for its birth. */
  readonly wake: (agent: string) => Promise<void>;
  /** Kills the Worker, and starts another on the same port and storage. @returns when it was killed, of `performance.now()`, once the other listens */
  readonly restartWorker: () => Promise<number>;
  /** Just-in-time compilers, pools and the Worker's isolate: a new Worker's first block would pay for them. On whichever link there is. */
  readonly warmUp: () => Promise<void>;
  close(): Promise<void>;
}

const NAME = "agent.test";
/** Of TCP on both sides, where a block asks for no other: Linux's default. The machine's own may be another. QUIC's is its program's, and nothing here changes that. */
const CONGESTION_CONTROL = "cubic";

/**
 * Everything that a thread does while it is in a namespace is there: the processes that it starts, and those that a library starts unseen. So it does one
 * thing of the kind at a time, whichever place it is for.
 */
let inTurn: Promise<unknown> = Promise.resolve();

function takeTurn<T>(run: () => Promise<T>): Promise<T> {
  const result = inTurn.then(run);
  inTurn = result.catch(() => undefined); // Whoever asked is told.
  return result;
}

/** @throws NetworkError where this machine allows no network, EdgeError, HostError */
export function openPlace(): Promise<Place> {
  return takeTurn(async () => {
    const closing: (() => Promise<void>)[] = [];
    const close = async (): Promise<void> => {
      const faults: unknown[] = [];
      // What is left of one must not keep the next from being closed.
      for (const one of closing.splice(0).reverse()) await one().catch((fault: unknown) => faults.push(fault));
      if (faults.length > 0) throw new AggregateError(faults, "A place on the network was not closed as a whole.");
    };
    try {
      const place = await open(closing, close);
      await place.warmUp();
      return place;
    } catch (error) {
      await close().catch(() => undefined); // Why it was not opened says more.
      throw error;
    }
  });
}

async function open(closing: (() => Promise<void>)[], close: () => Promise<void>): Promise<Place> {
  const tcp = { congestionControl: CONGESTION_CONTROL };
  const network = await openNetwork({ ...profiles.loopback, seed: 1, near: tcp, far: tcp });
  closing.push(() => network.close());
  const { near, far } = network;
  const provider = await far.during(() => startProvider());
  closing.push(() => provider.close());
  const vars = {
    OPENAI_API_KEY: "scripted",
    OPENAI_BASE_URL: provider.baseUrl,
    OPENAI_API: "chat",
    // As in the other labs: a window of the log would hide what a transport adds to a token's way.
    DURABILITY: "event",
    // How soon readers are told that an answer is over is measured, and not how soon its model goes on.
    RECOVERY: "off",
  };
  const storage = await mkdtemp(join(tmpdir(), "transport-bench-"));
  closing.push(() => rm(storage, { recursive: true, force: true }));
  const start = { startWorker: (options?: HostOptions) => startWorker({ ...options, vars }) };
  const host = await far.during(() => startRestartable(start, storage));
  closing.push(() => takeTurn(() => far.during(() => host.dispose())));
  const certificate = await makeCertificate(NAME, [far.address]);
  const startBefore = async (kind: EdgeKind): Promise<Edge> => {
    const edge = await startEdge(kind, { target: host.url, certificate, side: far });
    closing.push(() => edge.close());
    return edge;
  };
  const edges = { haproxy: await startBefore("haproxy"), caddy: await startBefore("caddy") };
  const pages = await openPages({ edges: Object.values(edges), side: near });
  closing.push(() => pages.close());
  const programs = keepOpen<NodeApplication>("The place on the network");
  closing.push(() => programs.closeAll());
  let ids = 0;
  const place: Place = {
    network,
    provider,
    open: async ({ client = "Chromium", http, edge, port = http }) => {
      if (client === "Chromium") return visitorOf(await pages.open(edges[edge].url(port)));
      if (http === "h3") throw new Error("Node speaks no HTTP/3.");
      const application = await takeTurn(() => programs.open(() => openNodeApplication({ edge: edges[edge], version: http, side: near })));
      // A page's code is compiled by the browser's first pages; a program's is its process's own.
      await warm(place, application, http === "h1" ? ["sse", "ws"] : ["sse"]);
      return {
        ...application,
        // Its port speaks one version alone, and Node does not say which.
        protocols: async () => null,
        tellNetwork: () => Promise.reject(new Error("Node tells nobody on which network it is.")),
        close: () => programs.close(application),
      };
    },
    script(reply) {
      const id = `p${(ids += 1)}`;
      provider.addReply(id, reply);
      return { id, prompt: replyMarker(id) };
    },
    wake: (agent) => takeTurn(() => far.during(() => wakeAgent(host.url, agent))),
    restartWorker: () => takeTurn(() => far.during(() => host.restart())),
    warmUp: () => warmUp(place),
    close,
  };
  return place;
}

function visitorOf(page: Page): Visitor {
  return {
    perform: (application, action) => page.evaluate(([given, one]) => window.follow.perform(given, one), [application, action] as const),
    now: () => page.evaluate(() => performance.now()),
    protocols: (atLeast) => page.evaluate((requests) => window.follow.protocols(requests), atLeast),
    tellNetwork: (kind) => tellNetwork(page, kind),
    close: () => page.context().close(),
  };
}

const WARM_UP = 3;

const WAYS = [
  { transport: "sse", http: "h1", edge: "haproxy" },
  { transport: "sse", http: "h2", edge: "haproxy" },
  { transport: "ws", http: "h1", edge: "haproxy" },
  { transport: "ws", http: "h2", edge: "haproxy" },
  { transport: "sse", http: "h2", edge: "caddy" },
  { transport: "sse", http: "h3", edge: "caddy" },
] as const;

async function warmUp(place: Place): Promise<void> {
  for (const { transport, ...way } of WAYS) {
    const visitor = await place.open(way);
    await warm(place, visitor, [transport]);
    await visitor.close();
  }
}

async function warm({ script }: Place, { perform }: Pick<Visitor, "perform">, transports: readonly ("sse" | "ws")[]): Promise<void> {
  for (const transport of transports) {
    const inputs = Array.from({ length: WARM_UP }, () => contextOf(script({ tokens: ["warm"], dueMs: [0] }).prompt));
    await perform({ transport, agent: "warm-up", connections: "page" }, { do: "first answers", inputs });
  }
}
