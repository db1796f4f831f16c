import type { TransportClient } from "@agent-transports/client-core";
import { addUp } from "@agent-transports/lab/integrity";
import { startProxy, type FaultProxy } from "@agent-transports/lab/proxy";
import { resetConnections } from "../lab/connections.ts";
import type { LocalLab } from "../lab/lab.ts";
import { contextOf } from "../lab/run-input.ts";
import type { Integrity } from "../results/schema.ts";
import { SSE_ARM, WS_ARM, type OurArm } from "./parts/arms.ts";
import { defineScenario } from "./parts/define-scenario.ts";
import { finishedRun, followToEnd, steadyReply, tokensOf } from "./parts/follow.ts";
import { sendIntoRun, sendOnSchedule } from "./parts/inputs.ts";
import type { Measurement, Scenario } from "./parts/scenario.ts";

/** A city's distance, and a continent's. The further away, the more of a block is the network's time, and the more run at once: twenty made the next answer at 20 ms wait for 120 ms of the others' work. */
const distances = [
  { roundTripMs: 20, blocksAtOnce: 1 },
  { roundTripMs: 100, blocksAtOnce: 4 },
];
/** Of a new connection before it carries a request: TCP's, and TLS 1.3's. */
const HANDSHAKES = 2;
const SAMPLES = 4;
const WARM_UP = 5;
const INPUTS_PER_SECOND = 20;
/** As many as the Agent takes (PROTOCOL.md §8.3), for so long that a queue would show: each tenth is two round trips of 100 ms. */
const FAST_INPUTS = { perSecond: 100, blockMs: 2_000 };

interface Place {
  readonly lab: LocalLab;
  readonly arm: OurArm;
  readonly agent: string;
  readonly proxy: FaultProxy;
}

interface Timed {
  /** In ms. */
  readonly times: readonly number[];
  readonly integrity: readonly Integrity[];
}

type Action = (place: Place) => Promise<Timed>;

const actions: readonly { readonly id: string; readonly label: string; readonly measure: Action }[] = [
  { id: "start", label: "a first answer, on a new connection", measure: starts },
  { id: "next", label: "the next answer", measure: nextAnswers },
  { id: "resume", label: "back to an answer, on a new connection", measure: resumes },
  { id: "first-input", label: "a first input into an answer", measure: firstInputs },
  { id: "inputs", label: `${INPUTS_PER_SECOND} inputs/s into an answer`, measure: (place) => inputs(place, INPUTS_PER_SECOND) },
  {
    id: "fast-inputs",
    label: `${FAST_INPUTS.perSecond} inputs/s into an answer`,
    measure: (place) => inputs(place, FAST_INPUTS.perSecond, FAST_INPUTS.blockMs),
  },
];

export const distance: Scenario = defineScenario({
  name: "distance",
  title: "Added network latency",
  question: "How many round trips does each thing take, and what is left of the differences where a round trip is 20 or 100 ms?",
  claims: [1, 2, 8],
  method:
    "The fault proxy holds what goes either way for half a round trip, and what goes up a new connection for two more, as the handshakes of TCP and TLS 1.3 would. Answers are due at once. " +
    "Over HTTP/1.1 an input needs a connection beside the answer's, which is made for the first and kept for the next; over HTTP/2 it would need none. SSE has one request with inputs under way at a time, so that their order holds; those that wait go together with the next.",
  arms: [SSE_ARM, WS_ARM],
  metrics: [
    {
      id: "time",
      label: "until it is there",
      unit: "ms",
      better: "lower",
      quantiles: [0.5, 0.9],
      description:
        "From the call on the client to the first word, to the next event, or to the acknowledgement; of inputs on a schedule, from when each was due.",
    },
    {
      id: "roundTrips",
      label: "the same in round trips",
      unit: "count",
      better: "lower",
      quantiles: [0.5],
      description: "The same time over the network's round trip.",
    },
  ],
  settings: actions.flatMap(({ id: action, label, measure: act }) =>
    distances.map(({ roundTripMs, blocksAtOnce }) => ({
      id: `${action}-${roundTripMs}`,
      label: `${label}, ${roundTripMs} ms away`,
      factors: { action, roundTripMs },
      groups: { quick: action === "start" && roundTripMs === 100 ? 5 : 0, standard: 5, full: 40 },
      value: { act, roundTripMs },
      blocksAtOnce,
    })),
  ),
  notRemote: "A deployment is at its own distance: `connect`, `first-token` and `uplink` measure it there.",
  measure: measureAction,
});

interface ActionAway {
  readonly act: Action;
  readonly roundTripMs: number;
}

async function measureAction(lab: LocalLab, arm: OurArm, { act, roundTripMs }: ActionAway): Promise<Measurement> {
  const agent = `distance-${lab.id()}`;
  await lab.wake(agent);
  // Of its own: other blocks run at the same time, and at another distance.
  const proxy = await startProxy(lab.host.url);
  try {
    await warm({ lab, arm, agent, proxy });
    proxy.setLatency({ upMs: roundTripMs / 2, downMs: roundTripMs / 2, openMs: HANDSHAKES * roundTripMs });
    const { times, integrity } = await act({ lab, arm, agent, proxy });
    return { samples: { time: [...times], roundTrips: times.map((ms) => ms / roundTripMs) }, integrity: addUp(integrity) };
  } finally {
    await proxy.close();
  }
}

/** An agent's first answers take longer, wherever they are read. */
async function warm({ lab, arm, agent, proxy }: Place): Promise<void> {
  {
    using client = lab.client(arm, { name: agent, url: proxy.url });
    for (let n = 0; n < WARM_UP; n++) await timeFirstWord(lab, client, []);
  }
  await resetConnections([proxy]);
}

/** Each by a client and a connection of its own. */
async function eachAnew({ lab, arm, agent, proxy }: Place, one: (client: TransportClient) => Promise<void>): Promise<void> {
  for (let n = 0; n < SAMPLES; n++) {
    await resetConnections([proxy]);
    using client = lab.client(arm, { name: agent, url: proxy.url });
    await one(client);
  }
}

async function starts(place: Place): Promise<Timed> {
  const times: number[] = [];
  const integrity: Integrity[] = [];
  await eachAnew(place, async (client) => void integrity.push(await timeFirstWord(place.lab, client, times)));
  return { times, integrity };
}

async function nextAnswers({ lab, arm, agent, proxy }: Place): Promise<Timed> {
  const times: number[] = [];
  const integrity: Integrity[] = [];
  using client = lab.client(arm, { name: agent, url: proxy.url });
  // The first opens the connection.
  for (let n = -1; n < SAMPLES; n++) integrity.push(await timeFirstWord(lab, client, n < 0 ? [] : times));
  return { times, integrity };
}

/** Starts a run, adds to `times` how long its first word took, and reads it to its end. */
async function timeFirstWord(lab: LocalLab, client: TransportClient, times: number[]): Promise<Integrity> {
  const reply = steadyReply(lab, 1, 1);
  const { prompt } = lab.script(reply);
  const startedAt = performance.now();
  return followToEnd(lab, client.start(contextOf(prompt)), reply.tokens.length, (event, at) => {
    if (tokensOf(event).includes(0)) times.push(at - startedAt);
  });
}

async function resumes(place: Place): Promise<Timed> {
  const { lab, arm, agent, proxy } = place;
  const { run, ids, integrity } = await finishedRun(lab, lab.client(arm, { name: agent, url: proxy.url }));
  const times: number[] = [];
  await eachAnew(place, async (client) => {
    const resumedAt = performance.now();
    for await (const { id } of client.resume(run, { after: ids.at(-2) })) {
      times.push(performance.now() - resumedAt);
      if (id !== ids.at(-1)) throw new Error(`Resumed at ${id}, not at ${ids.at(-1)}.`);
    }
  });
  return { times, integrity: [integrity] };
}

async function firstInputs(place: Place): Promise<Timed> {
  const times: number[] = [];
  const integrity: Integrity[] = [];
  await eachAnew(place, async (client) => {
    const sent = await sendIntoRun(place.lab, client, async (put) => {
      const sentAt = performance.now();
      await put();
      times.push(performance.now() - sentAt);
    });
    integrity.push(sent.integrity);
  });
  return { times, integrity };
}

async function inputs({ lab, arm, agent, proxy }: Place, perSecond: number, blockMs?: number): Promise<Timed> {
  using client = lab.client(arm, { name: agent, url: proxy.url });
  let times: readonly number[] = [];
  const { integrity } = await sendIntoRun(lab, client, async (put) => {
    // Opens the connection on which a kept-alive uplink goes.
    await put();
    times = await sendOnSchedule(perSecond, put, blockMs);
  });
  return { times, integrity: [integrity] };
}
