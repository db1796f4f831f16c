import type { RunEvent } from "@agent-transports/client-core";
import { addUp, IntegrityChecker } from "@agent-transports/lab/integrity";
import type { FaultProxy } from "@agent-transports/lab/proxy";
import { withoutChromium, withoutNginx, withoutOpenssl } from "@agent-transports/lab/tools";
import type { LocalLab } from "../lab/lab.ts";
import { contextOf } from "../lab/run-input.ts";
import type { Integrity } from "../results/schema.ts";
import { SSE_ARM, WS_ARM, type OurArm } from "./parts/arms.ts";
import { pagesOf } from "./parts/browser-pages.ts";
import { defineScenario, type SettingOf } from "./parts/define-scenario.ts";
import { followToEnd, steadyReply, tokensOf, until } from "./parts/follow.ts";
import { routes, startOfRoute, type Route } from "./parts/routes.ts";
import type { Measurement, Scenario } from "./parts/scenario.ts";

const TOKENS = 12;
const TOKENS_PER_SECOND = 50;
/** In a browser a run that waits for another's end waits for all of it. */
const BROWSER_TOKENS = 20;
const SESSION_END_LIMIT_MS = 5_000;

/** Runs at once, and who follows them. */
interface RunsAtOnce {
  readonly runs: number;
  readonly measure: (lab: LocalLab, arm: OurArm, runs: number) => Promise<Measurement>;
}

interface Named {
  readonly id: string;
  readonly label: string;
  readonly runs: number;
}

type RunsSetting = SettingOf<RunsAtOnce, never>;

function inNode({ runs, ...named }: Named): RunsSetting {
  return { ...named, factors: { runs, client: "Node" }, groups: { quick: 0, standard: 8, full: 60 }, value: { runs, measure: nodeBlock } };
}

function inChromium({ runs, ...named }: Named): RunsSetting {
  return {
    ...named,
    factors: { runs, client: "Chromium" },
    groups: { quick: 0, standard: 6, full: 30 },
    value: { runs, measure: (lab, arm, count) => browserBlock(lab, arm, count, OVER_HTTP1) },
    missing: withoutChromium,
  };
}

function overHttp2({ runs, ...named }: Named): RunsSetting {
  return {
    ...inChromium({ runs, ...named }),
    factors: { runs, client: "Chromium", http: 2 },
    value: { runs, measure: (lab, arm, count) => browserBlock(lab, arm, count, OVER_HTTP2) },
    missing: () => withoutChromium() ?? withoutNginx() ?? withoutOpenssl(),
  };
}

/** How a page speaks HTTP: workerd speaks HTTP/1.1 here, and HTTP/2 needs TLS before it. */
interface PageHttp {
  readonly route: Route;
  /** As the page calls it. */
  readonly protocol: string;
}

const OVER_HTTP1: PageHttp = { route: routes.direct, protocol: "http/1.1" };
const OVER_HTTP2: PageHttp = { route: routes.http2, protocol: "h2" };

export const multiplex: Scenario = defineScenario({
  name: "multiplex",
  title: "Many answers on one page",
  question:
    "A page follows several answers at once: one socket for all, or an event stream for each. What does it cost, and where does the browser stop?",
  claims: [],
  method:
    "One client starts K runs at once, on new connections, and reads all: over one WebSocket, or with an HTTP request and its event stream for each. In the browser it is Chromium with a page that runs the same clients; times there are of the page's own clock. Over HTTP/1.1 it makes six connections to one origin. Over HTTP/2 it goes through nginx with TLS, and each request says that it was HTTP/2's; the WebSocket beside it is HTTP/1.1's over TLS, because nginx has none over HTTP/2 (RFC 8441). " +
    "Bytes are counted at the proxy. Nothing is compressed: Node's client and Chromium offer it for a WebSocket's frames, and the Worker declines it by default.",
  arms: [SSE_ARM, WS_ARM],
  metrics: [
    {
      id: "slowest",
      label: "start to the slowest run's first event",
      unit: "ms",
      better: "lower",
      kind: "wait",
      quantiles: [0.5],
      description: "Of each block: from the start of the K runs to the first event of the run that came last.",
    },
    {
      id: "waited",
      label: "runs that waited for another's end",
      unit: "count",
      better: "lower",
      kind: "fault",
      quantiles: [0.5],
      description: "Of each block: runs whose first event came after the last one of the run that ended first.",
    },
    {
      id: "firstEvent",
      label: "start to first event",
      unit: "ms",
      better: "lower",
      kind: "wait",
      quantiles: [0.5, 0.9],
      description: "Of each run: from the start of the K runs to its first event in the application.",
    },
    {
      id: "latency",
      label: "token latency",
      unit: "ms",
      better: "lower",
      kind: "token",
      quantiles: [0.5, 0.99],
      description: "From the provider's write of a token to its event in the application. Not in the browser, whose clock is another.",
    },
    {
      id: "bytes",
      label: "bytes for each run",
      unit: "bytes",
      better: "lower",
      kind: "traffic",
      quantiles: [0.5],
      description: "What the proxy carried both ways in the block, over the runs.",
    },
    {
      id: "connections",
      label: "connections",
      unit: "count",
      better: "lower",
      kind: "requests",
      quantiles: [0.5],
      description: "That the proxy saw in the block.",
    },
  ],
  settings: [
    inNode({ id: "1", label: "1 run", runs: 1 }),
    inNode({ id: "6", label: "6 runs", runs: 6 }),
    inNode({ id: "12", label: "12 runs", runs: 12 }),
    inChromium({ id: "browser-6", label: "6 runs in Chromium, HTTP/1.1", runs: 6 }),
    inChromium({ id: "browser-7", label: "7 runs in Chromium, HTTP/1.1", runs: 7 }),
    overHttp2({ id: "http2", label: "7 runs in Chromium, HTTP/2", runs: 7 }),
    overHttp2({ id: "http2-20", label: "20 runs in Chromium, HTTP/2", runs: 20 }),
  ],
  notRemote: "Tokens are stamped by the scripted provider, and bytes counted by the proxy, beside the embedded Worker.",
  measure: (lab, arm, { runs, measure }) => measure(lab, arm, runs),
});

async function nodeBlock(lab: LocalLab, arm: OurArm, runs: number): Promise<Measurement> {
  const agent = `multiplex-${lab.id()}`;
  await lab.wake(agent);
  await lab.forgetConnections(arm.id);
  const proxy = lab.proxy(arm.id);
  const carried = countFrom(proxy);
  using client = lab.client(arm, { name: agent });
  const scripts = Array.from({ length: runs }, () => lab.script(steadyReply(lab, TOKENS, TOKENS_PER_SECOND)));
  const firstEvent: number[] = [];
  const lastEvent: number[] = [];
  const latency: number[] = [];
  const startedAt = performance.now();
  const integrity = await Promise.all(
    scripts.map(async ({ id, prompt }) => {
      let first: number | undefined;
      let last = Number.NaN;
      const receivedAt: number[] = [];
      const one = await followToEnd(lab, client.start(contextOf(prompt)), TOKENS, (event, at) => {
        last = at - startedAt;
        first ??= last;
        for (const token of tokensOf(event)) receivedAt[token] ??= at;
      });
      const sentAt = lab.provider.sent(id)?.sentAt ?? [];
      latency.push(...receivedAt.map((at, token) => at - (sentAt[token] ?? Number.NaN)));
      lab.provider.removeReply(id);
      firstEvent.push(first ?? Number.NaN);
      lastEvent.push(last);
      return one;
    }),
  );
  return measurement(runs, { firstEvent, lastEvent, latency, integrity, ...carried() });
}

async function browserBlock(lab: LocalLab, arm: OurArm, count: number, { route, protocol }: PageHttp): Promise<Measurement> {
  const agent = `multiplex-${lab.id()}`;
  const pages = await pagesOf(lab);
  await lab.wake(agent);
  const { proxy, url } = await startOfRoute(lab, arm.id, route);
  const page = await pages.open(url);
  try {
    if (protocol === "h2") await endSession(proxy);
    await lab.forgetConnections(arm.id);
    const carried = countFrom(proxy);
    const scripts = Array.from({ length: count }, () => lab.script(steadyReply(lab, BROWSER_TOKENS, TOKENS_PER_SECOND)));
    const runs = await page.evaluate(([transport, agent, inputs]) => window.follow.followAll(transport, agent, inputs), [
      arm.transport,
      agent,
      scripts.map(({ prompt }) => contextOf(prompt)),
    ] as const);
    for (const { id } of scripts) lab.provider.removeReply(id);
    const expected = arm.transport === "sse" ? count : 0;
    const protocols = await page.evaluate((atLeast) => window.follow.protocols(atLeast), expected);
    if (protocols.length !== expected || protocols.some((spoken) => spoken !== protocol))
      throw new Error(`The page expected ${expected} requests over ${protocol}, but saw ${JSON.stringify(protocols)}.`);
    const integrity = runs.map(({ events, end }) => {
      if (end !== "finished") throw new Error(`A run in the page ended as ${end}.`);
      return check(events, BROWSER_TOKENS);
    });
    return measurement(count, {
      firstEvent: runs.map(({ firstEventMs }) => firstEventMs),
      lastEvent: runs.map(({ lastEventMs }) => lastEventMs),
      latency: [],
      integrity,
      ...carried(),
    });
  } finally {
    await page.context().close();
  }
}

/** The page's own HTTP/2 connection: runs that begin before the browser has heard that it was reset would still be sent on it. By a FIN it closes its side too. */
async function endSession(proxy: FaultProxy): Promise<void> {
  proxy.closeClean("down");
  for (const giveUpAt = performance.now() + SESSION_END_LIMIT_MS; proxy.open > 0; await until(performance.now() + 1))
    if (performance.now() > giveUpAt) throw new Error("The browser did not close its HTTP/2 connection.");
}

function check(events: readonly RunEvent[], tokens: number): Integrity {
  const checker = new IntegrityChecker();
  for (const event of events) checker.see(event);
  return checker.result(tokens);
}

/** @returns what the proxy has carried since */
function countFrom(proxy: FaultProxy): () => { bytes: number; connections: number } {
  const bytesOf = (): number => proxy.connections.reduce((sum, { bytesUp, bytesDown }) => sum + bytesUp + bytesDown, 0);
  const [bytes, connections] = [bytesOf(), proxy.connections.length];
  return () => ({ bytes: bytesOf() - bytes, connections: proxy.connections.length - connections });
}

function measurement(
  runs: number,
  seen: {
    readonly firstEvent: number[];
    readonly lastEvent: readonly number[];
    readonly latency: number[];
    readonly bytes: number;
    readonly connections: number;
    readonly integrity: readonly Integrity[];
  },
): Measurement {
  const { firstEvent, lastEvent, latency, bytes, connections, integrity } = seen;
  return {
    samples: {
      slowest: [Math.max(...firstEvent)],
      waited: [firstEvent.filter((at) => at > Math.min(...lastEvent)).length],
      firstEvent,
      ...(latency.length === 0 ? {} : { latency }),
      bytes: [bytes / runs],
      connections: [connections],
    },
    integrity: addUp(integrity),
  };
}
