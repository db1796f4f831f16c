import type { RunEvent } from "@agent-transports/protocol";
import { whyNoChromium } from "../browser/chromium.ts";
import { openPages } from "../browser/pages.ts";
import { addUp, IntegrityChecker } from "../integrity.ts";
import { contextOf, keptByLab, transportOf, type Lab } from "../lab.ts";
import type { FaultProxy } from "../proxy/proxy.ts";
import type { Condition, Integrity } from "../results/schema.ts";
import { followToEnd, steadyReply, tokensOf } from "./follow.ts";
import { SSE_ARM, WS_ARM, type Measurement, type Scenario } from "./types.ts";

const TOKENS = 12;
const TOKENS_PER_SECOND = 50;
/** In a browser a run that waits for another's end waits for all of it. */
const BROWSER_TOKENS = 20;

export const multiplex: Scenario = {
  name: "multiplex",
  title: "Many answers in one page",
  question:
    "A page follows several answers at once: one socket for all, or an event stream for each. What does it cost, and where does the browser stop?",
  claims: [],
  method:
    "One client starts K runs at once, on new connections, and reads all: over one WebSocket, or with an HTTP request and its event stream for each. In the browser it is Chromium with a page that runs the same clients, over HTTP/1.1, of which it makes six connections to one origin; times there are of the page's own clock. " +
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
    { id: "http2", label: "7 runs in Chromium, HTTP/2", factors: { runs: 7, client: "Chromium" } },
  ],
  groups: { quick: 0, standard: 20, full: 60 },
  groupsAt: ({ factors }) =>
    factors["client"] === "Chromium" ? { quick: 0, standard: 8, full: 30 } : { quick: 0, standard: 20, full: 60 },
  missing({ id, factors }) {
    if (id === "http2") return "workerd speaks HTTP/1.1 here; HTTP/2 needs TLS before it, which this scenario does not set up.";
    return factors["client"] === "Chromium" ? whyNoChromium() : null;
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
  const latency: number[] = [];
  const startedAt = performance.now();
  const integrity = await Promise.all(
    scripts.map(async ({ id, prompt }) => {
      let first = true;
      const receivedAt: number[] = [];
      const one = await followToEnd(lab, client.start(contextOf(prompt)), TOKENS, (event, at) => {
        if (first) firstEvent.push(at - startedAt);
        first = false;
        for (const token of tokensOf(event)) receivedAt[token] ??= at;
      });
      const sentAt = lab.provider!.sent(id)?.sentAt ?? [];
      latency.push(...receivedAt.map((at, token) => at - (sentAt[token] ?? Number.NaN)));
      lab.provider!.removeReply(id);
      return one;
    }),
  );
  return measurement(condition, { firstEvent, latency, integrity, ...count() });
}

const pagesOf = keptByLab(openPages);

async function browserBlock(lab: Lab, arm: string, condition: Condition): Promise<Measurement> {
  const agent = `multiplex-${lab.id()}`;
  const pages = await pagesOf(lab);
  await lab.wake(agent);
  const proxy = lab.proxy(arm)!;
  const page = await pages.open(proxy.url);
  try {
    await lab.forgetConnections(arm);
    const count = countFrom(proxy);
    const scripts = Array.from({ length: runsOf(condition) }, () => lab.script(steadyReply(lab, BROWSER_TOKENS, TOKENS_PER_SECOND)));
    const runs = await page.evaluate(([transport, agent, inputs]) => window.follow.followAll(transport, agent, inputs), [
      transportOf(arm),
      agent,
      scripts.map(({ prompt }) => contextOf(prompt)),
    ] as const);
    for (const { id } of scripts) lab.provider!.removeReply(id);
    const integrity = runs.map(({ events, end }) => {
      if (end !== "finished") throw new Error(`A run in the page ended as ${end}.`);
      return check(events, BROWSER_TOKENS);
    });
    return measurement(condition, { firstEvent: runs.map(({ firstEventMs }) => firstEventMs), latency: [], integrity, ...count() });
  } finally {
    await page.context().close();
  }
}

function check(events: readonly RunEvent[], tokens: number): Integrity {
  const checker = new IntegrityChecker();
  for (const event of events) checker.see(event);
  return checker.result(tokens);
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
    readonly latency: number[];
    readonly bytes: number;
    readonly connections: number;
    readonly integrity: readonly Integrity[];
  },
): Measurement {
  const { firstEvent, latency, bytes, connections, integrity } = seen;
  return {
    samples: {
      slowest: [Math.max(...firstEvent)],
      firstEvent,
      ...(latency.length === 0 ? {} : { latency }),
      bytes: [bytes / runsOf(condition)],
      connections: [connections],
    },
    integrity: addUp(integrity),
  };
}
