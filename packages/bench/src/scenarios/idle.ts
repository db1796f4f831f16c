import { HEARTBEAT_DEFAULT_MS } from "@agent-transports/protocol";
import type { NginxSettings } from "@agent-transports/lab/nginx";
import { tokenText, type Reply } from "@agent-transports/lab/provider";
import { startProxy, type FaultProxy } from "@agent-transports/lab/proxy";
import { withoutNginx } from "@agent-transports/lab/tools";
import type { LocalLab } from "../lab/lab.ts";
import { contextOf } from "../lab/run-input.ts";
import { SSE_ARM, WS_ARM, type OurArm } from "./parts/arms.ts";
import { defineScenario } from "./parts/define-scenario.ts";
import { followToEnd, tokensOf, until } from "./parts/follow.ts";
import { routes } from "./parts/routes.ts";
import type { Measurement, Scenario } from "./parts/scenario.ts";

/** nginx's own is 60 s: a minute is scaled down to this, but for the heartbeat, which PROTOCOL.md keeps at 1 s and more. */
const IDLE_TIMEOUT_MS = 1_800;
const HEARTBEAT_MS = 1_000;
const impatient: NginxSettings = { ...routes.off.nginx, readTimeoutMs: IDLE_TIMEOUT_MS };

const TOKENS_BEFORE = 3;
const TOKENS_AFTER = 3;
const TOKEN_GAP_MS = 20;
const SILENCE_MS = 3_400;
/** Half a period after the last token, for two whole ones: so that two heartbeats fall into it. */
const WATCHED_FROM_MS = HEARTBEAT_MS / 2;
const WATCHED_MS = 2 * HEARTBEAT_MS;

export const idle: Scenario = defineScenario({
  name: "idle",
  title: "A long idle connection",
  question:
    "A model thinks, and nothing is sent for longer than the proxy between waits: does the connection live, and what does it cost to keep it?",
  claims: [3],
  method:
    "An answer stops for 3.4 s in its middle, behind an nginx that cuts what says nothing for 1.8 s (its own 60 s, scaled down). With the transports' heartbeat each second, and with none within the silence. " +
    `Counted are the connections of a run, and, for two heartbeats of the silence, the bytes both ways. A heartbeat of ${HEARTBEAT_DEFAULT_MS / 1000} s, the clients' own, costs so many times less.`,
  arms: [SSE_ARM, WS_ARM],
  metrics: [
    {
      id: "connections",
      label: "connections of a run",
      unit: "count",
      better: "lower",
      kind: "requests",
      quantiles: [0.5],
      description: "1, and as many as the client opened from the beginning of the silence to the run's end: 1 where the connection lived.",
    },
    {
      id: "afterSilence",
      label: "first token after the silence",
      unit: "ms",
      better: "lower",
      kind: "token",
      quantiles: [0.5],
      description: "From the provider's write of it to its event in the application.",
    },
    {
      id: "bytesUp",
      label: "bytes up, a silent minute",
      unit: "bytes",
      better: "lower",
      kind: "traffic",
      quantiles: [0.5],
      description: "What the proxy carried towards the agent in two seconds of the silence, times thirty; reconnects included.",
    },
    {
      id: "bytesDown",
      label: "bytes down, a silent minute",
      unit: "bytes",
      better: "lower",
      kind: "traffic",
      quantiles: [0.5],
      description: "The same towards the client.",
    },
  ],
  settings: [
    { id: "heartbeat", label: "a heartbeat each second", heartbeatMs: HEARTBEAT_MS, groups: { quick: 5, standard: 5, full: 60 } },
    { id: "none", label: "no heartbeat within the silence", heartbeatMs: 60_000, groups: { quick: 0, standard: 3, full: 60 } },
  ].map(({ heartbeatMs, ...setting }) => ({
    ...setting,
    factors: { heartbeatMs, timeoutMs: IDLE_TIMEOUT_MS },
    value: { heartbeatMs },
    missing: withoutNginx,
    blocksAtOnce: 20,
  })),
  notRemote: "nginx stands before the embedded Worker, and the silence is scripted.",
  measure: measureSilence,
});

function silentReply(lab: LocalLab): Reply {
  const indices = Array.from({ length: TOKENS_BEFORE + TOKENS_AFTER }, (_, index) => index);
  return {
    tokens: indices.map((index) => tokenText(index, lab.random)),
    dueMs: indices.map((index) => index * TOKEN_GAP_MS + (index < TOKENS_BEFORE ? 0 : SILENCE_MS)),
  };
}

async function measureSilence(lab: LocalLab, arm: OurArm, { heartbeatMs }: { readonly heartbeatMs: number }): Promise<Measurement> {
  const agent = `idle-${lab.id()}`;
  await lab.wake(agent);
  // Of its own: other blocks run at the same time.
  const proxy = await startProxy((await lab.nginx(impatient)).url);
  try {
    using client = lab.client(arm, { name: agent, url: proxy.url, heartbeatMs });
    const reply = silentReply(lab);
    const script = lab.script(reply);
    const afterSilence: number[] = [];
    let watched: Promise<Watched> | undefined;
    let openedBefore = 0;
    const sentAt = (token: number): number => lab.provider.sent(script.id)?.sentAt[token] ?? Number.NaN;
    const integrity = await followToEnd(lab, client.start(contextOf(script.prompt)), reply.tokens.length, (event, at) => {
      const tokens = tokensOf(event);
      if (tokens.includes(TOKENS_BEFORE - 1)) {
        openedBefore = proxy.connections.length;
        watched = watch(proxy, at + WATCHED_FROM_MS, at + WATCHED_FROM_MS + WATCHED_MS);
      }
      if (tokens.includes(TOKENS_BEFORE)) afterSilence.push(at - sentAt(TOKENS_BEFORE));
    });
    const bytes = await watched;
    if (bytes === undefined) throw new Error("The silence did not begin.");
    const perMinute = 60_000 / WATCHED_MS;
    // Where the machine was so busy that the answer went on before, what was watched is not the silence.
    const silent = bytes.until < sentAt(TOKENS_BEFORE);
    lab.provider.removeReply(script.id);
    return {
      samples: {
        connections: [1 + proxy.connections.length - openedBefore],
        afterSilence,
        bytesUp: silent ? [bytes.up * perMinute] : [],
        bytesDown: silent ? [bytes.down * perMinute] : [],
      },
      integrity,
    };
  } finally {
    await proxy.close();
  }
}

interface Bytes {
  readonly up: number;
  readonly down: number;
}

interface Watched extends Bytes {
  /** The moment of the last look. */
  readonly until: number;
}

/** What a proxy carries between two moments. */
async function watch({ connections }: FaultProxy, from: number, to: number): Promise<Watched> {
  const carried = (): Bytes => ({
    up: connections.reduce((sum, { bytesUp }) => sum + bytesUp, 0),
    down: connections.reduce((sum, { bytesDown }) => sum + bytesDown, 0),
  });
  await until(from);
  const before = carried();
  await until(to);
  const after = carried();
  return { up: after.up - before.up, down: after.down - before.down, until: performance.now() };
}
