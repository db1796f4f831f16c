import type { RunEvent } from "@agent-transports/client-core";
import { addUp, IntegrityChecker } from "@agent-transports/lab/integrity";
import type { FaultProxy } from "@agent-transports/lab/proxy";
import { withoutChromium, withoutNginx, withoutOpenssl } from "@agent-transports/lab/tools";
import { contextOf, transportOf, type Lab } from "../lab/lab.ts";
import type { Condition, Integrity } from "../results/schema.ts";
import { pagesOf } from "./parts/browser-pages.ts";
import { followToEnd, steadyReply, tokensOf, until } from "./parts/follow.ts";
import { startOfWay, ways } from "./parts/routes.ts";
import { SSE_ARM, WS_ARM, type Measurement, type Scenario } from "./parts/scenario.ts";

const TOKENS = 12;
const TOKENS_PER_SECOND = 50;
/** In a browser a run that waits for another's end waits for all of it. */
const BROWSER_TOKENS = 20;
const SESSION_END_LIMIT_MS = 5_000;

export const multiplex: Scenario = {
  name: "multiplex",
  title: "Many answers in one page",
  question:
    "A page follows several answers at once: one socket for all, or an event stream for each. What does it cost, and where does the browser stop?",
  claims: [],
  method:
    "One client starts K runs at once, on new connections, and reads all: over one WebSocket, or with an HTTP request and its event stream for each. In the browser it is Chromium with a page that runs the same clients; times there are of the page's own clock. Over HTTP/1.1 it makes six connections to one origin. Over HTTP/2 it goes through nginx with TLS, and each request says that it was HTTP/2's; the WebSocket beside it is HTTP/1.1's over TLS, because nginx has none over HTTP/2 (RFC 8441). " +
    "Bytes are counted at the proxy. Node's client and Chromium compress a WebSocket's frames where the server agrees, and the event stream is not compressed.",
  arms: [SSE_ARM, WS_ARM],
  metrics: [
    {
      id: "slowest",
      label: "start to the slowest run's first event",
      unit: "ms",
      better: "lower",
      quantiles: [0.5],
      description: "Of each block: from the start of the K runs to the first event of the run that came last.",
    },
    {
      id: "waited",
      label: "runs that waited for another's end",
      unit: "count",
      better: "lower",
      quantiles: [0.5],
      description: "Of each block: runs whose first event came after the last one of the run that ended first.",
    },
    {
      id: "firstEvent",
      label: "start to first event",
      unit: "ms",
      better: "lower",
      quantiles: [0.5, 0.9],
      description: "Of each run: from the start of the K runs to its first event in the application.",
    },
    {
      id: "latency",
      label: "token latency",
      unit: "ms",
      better: "lower",
      quantiles: [0.5, 0.99],
      description: "From the provider's write of a token to its event in the application. Not in the browser, whose clock is another.",
    },
    {
      id: "bytes",
      label: "bytes for each run",
      unit: "bytes",
      better: "lower",
      quantiles: [0.5],
      description: "What the proxy carried both ways in the block, over the runs.",
    },
    {
      id: "connections",
      label: "connections",
      unit: "count",
      better: "lower",
      quantiles: [0.5],
      description: "That the proxy saw in the block.",
    },
  ],
  conditions: [
    { id: "1", label: "1 run", factors: { runs: 1, client: "Node" } },
    { id: "6", label: "6 runs", factors: { runs: 6, client: "Node" } },
    { id: "12", label: "12 runs", factors: { runs: 12, client: "Node" } },
    { id: "browser-6", label: "6 runs in Chromium, HTTP/1.1", factors: { runs: 6, client: "Chromium" } },
    { id: "browser-7", label: "7 runs in Chromium, HTTP/1.1", factors: { runs: 7, client: "Chromium" } },
    { id: "http2", label: "7 runs in Chromium, HTTP/2", factors: { runs: 7, client: "Chromium", http: 2 } },
    { id: "http2-20", label: "20 runs in Chromium, HTTP/2", factors: { runs: 20, client: "Chromium", http: 2 } },
  ],
  groups: { quick: 0, standard: 10, full: 60 },
  groupsAt: ({ factors }) =>
    factors["client"] === "Chromium" ? { quick: 0, standard: 6, full: 30 } : { quick: 0, standard: 10, full: 60 },
  missing(condition) {
    if (condition.factors["client"] !== "Chromium") return null;
    return withoutChromium() ?? (isHttp2(condition) ? (withoutNginx() ?? withoutOpenssl()) : null);
  },
  notRemote: "Tokens are stamped by the scripted provider, and bytes counted by the proxy, beside the embedded Worker.",
  runBlock: (lab, arm, condition) =>
    condition.factors["client"] === "Chromium" ? browserBlock(lab, arm, condition) : nodeBlock(lab, arm, condition),
};

async function nodeBlock(lab: Lab, arm: string, condition: Condition): Promise<Measurement> {
  const agent = `multiplex-${lab.id()}`;
  await lab.wake(agent);
  await lab.forgetConnections(arm);
  const proxy = lab.proxy(arm)!;
  const count = countFrom(proxy);
  using client = lab.client(arm, { name: agent });
  const scripts = Array.from({ length: runsOf(condition) }, () => lab.script(steadyReply(lab, TOKENS, TOKENS_PER_SECOND)));
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
      const sentAt = lab.provider!.sent(id)?.sentAt ?? [];
      latency.push(...receivedAt.map((at, token) => at - (sentAt[token] ?? Number.NaN)));
      lab.provider!.removeReply(id);
      firstEvent.push(first ?? Number.NaN);
      lastEvent.push(last);
      return one;
    }),
  );
  return measurement(condition, { firstEvent, lastEvent, latency, integrity, ...count() });
}

async function browserBlock(lab: Lab, arm: string, condition: Condition): Promise<Measurement> {
  const agent = `multiplex-${lab.id()}`;
  const pages = await pagesOf(lab);
  await lab.wake(agent);
  // workerd speaks HTTP/1.1 here: HTTP/2 needs TLS before it.
  const { proxy, url } = await startOfWay(lab, arm, isHttp2(condition) ? ways.http2 : ways.direct);
  const page = await pages.open(url);
  try {
    if (isHttp2(condition)) await endSession(proxy);
    await lab.forgetConnections(arm);
    const count = countFrom(proxy);
    const scripts = Array.from({ length: runsOf(condition) }, () => lab.script(steadyReply(lab, BROWSER_TOKENS, TOKENS_PER_SECOND)));
    const runs = await page.evaluate(([transport, agent, inputs]) => window.follow.followAll(transport, agent, inputs), [
      transportOf(arm),
      agent,
      scripts.map(({ prompt }) => contextOf(prompt)),
    ] as const);
    for (const { id } of scripts) lab.provider!.removeReply(id);
    const protocols = await page.evaluate(() => window.follow.protocols());
    const expected = arm === "sse" ? runsOf(condition) : 0;
    const spoken = isHttp2(condition) ? "h2" : "http/1.1";
    if (protocols.length !== expected || protocols.some((protocol) => protocol !== spoken))
      throw new Error(`Of ${expected} requests over ${spoken} the page saw ${JSON.stringify(protocols)}.`);
    const integrity = runs.map(({ events, end }) => {
      if (end !== "finished") throw new Error(`A run in the page ended as ${end}.`);
      return check(events, BROWSER_TOKENS);
    });
    return measurement(condition, {
      firstEvent: runs.map(({ firstEventMs }) => firstEventMs),
      lastEvent: runs.map(({ lastEventMs }) => lastEventMs),
      latency: [],
      integrity,
      ...count(),
    });
  } finally {
    await page.context().close();
  }
}

/** The page's own HTTP/2 connection: runs that begin before the browser has heard that it was reset would still be sent on it. By a FIN it closes its side too. */
async function endSession(proxy: FaultProxy): Promise<void> {
  proxy.closeClean("down");
  for (const giveUpAt = performance.now() + SESSION_END_LIMIT_MS; proxy.open > 0; await until(performance.now() + 1))
    if (performance.now() > giveUpAt) throw new Error("The browser kept its HTTP/2 connection.");
}

function check(events: readonly RunEvent[], tokens: number): Integrity {
  const checker = new IntegrityChecker();
  for (const event of events) checker.see(event);
  return checker.result(tokens);
}

function isHttp2({ factors }: Condition): boolean {
  return factors["http"] === 2;
}

function runsOf({ factors }: Condition): number {
  return Number(factors["runs"]);
}

/** @returns what the proxy has carried since */
function countFrom(proxy: FaultProxy): () => { bytes: number; connections: number } {
  const bytesOf = (): number => proxy.connections.reduce((sum, { bytesUp, bytesDown }) => sum + bytesUp + bytesDown, 0);
  const [bytes, connections] = [bytesOf(), proxy.connections.length];
  return () => ({ bytes: bytesOf() - bytes, connections: proxy.connections.length - connections });
}

function measurement(
  condition: Condition,
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
      bytes: [bytes / runsOf(condition)],
      connections: [connections],
    },
    integrity: addUp(integrity),
  };
}
