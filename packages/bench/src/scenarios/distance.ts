import type { TransportClient } from "@agent-transports/client-core";
import { addUp } from "@agent-transports/lab/integrity";
import { startProxy, type FaultProxy } from "@agent-transports/lab/proxy";
import { contextOf, resetConnections, type Lab } from "../lab/lab.ts";
import type { Condition, Integrity } from "../results/schema.ts";
import { finishedRun, followToEnd, steadyReply, tokensOf } from "./parts/follow.ts";
import { SSE_ARM, WS_ARM, type Measurement, type Scenario } from "./parts/scenario.ts";
import { sendIntoRun, sendOnSchedule } from "./uplink.ts";

/** A city's distance, and a continent's. */
const ROUND_TRIPS_MS = [20, 100] as const;
/** Of a new connection before it carries a request: TCP's, and TLS 1.3's. */
const HANDSHAKES = 2;
const SAMPLES = 4;
const WARM_UP = 5;
const INPUTS_PER_SECOND = 20;

interface Place {
  readonly lab: Lab;
  readonly arm: string;
  readonly agent: string;
  readonly proxy: FaultProxy;
}

interface Timed {
  /** In ms. */
  readonly times: readonly number[];
  readonly integrity: readonly Integrity[];
}

interface Action {
  readonly label: string;
  readonly measure: (place: Place) => Promise<Timed>;
}

const actions: Readonly<Record<string, Action>> = {
  start: { label: "a first answer, on a new connection", measure: starts },
  next: { label: "the next answer", measure: nextAnswers },
  resume: { label: "back to an answer, on a new connection", measure: resumes },
  "first-input": { label: "a first input into an answer", measure: firstInputs },
  inputs: { label: `${INPUTS_PER_SECOND} inputs/s into an answer`, measure: inputs },
};

export const distance: Scenario = {
  name: "distance",
  title: "With a network between",
  question: "How many round trips does each thing take, and what is left of the differences where a round trip is 20 or 100 ms?",
  claims: [1, 2, 8],
  method:
    "The fault proxy holds what goes either way for half a round trip, and what goes up a new connection for two more, as the handshakes of TCP and TLS 1.3 would. Answers are due at once. " +
    "Over HTTP/1.1 an input needs a connection beside the answer's, which is made for the first and kept for the next; over HTTP/2 it would need none. SSE sends inputs one after another, so that their order holds.",
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
  conditions: Object.entries(actions).flatMap(([action, { label }]) =>
    ROUND_TRIPS_MS.map((ms): Condition => ({
      id: `${action}-${ms}`,
      label: `${label}, ${ms} ms away`,
      factors: { action, roundTripMs: ms },
    })),
  ),
  groups: { quick: 0, standard: 5, full: 40 },
  groupsAt: ({ id }) => ({ quick: id === "start-100" ? 5 : 0, standard: 5, full: 40 }),
  // The further away, the more of a block is the network's time; twenty at once made the next answer at 20 ms wait for 120 ms of the others' work.
  blocksAtOnceAt: ({ factors }) => (factors["roundTripMs"] === 100 ? 4 : 1),
  notRemote: "A deployment is at its own distance: `connect`, `first-token` and `uplink` measure it there.",
  runBlock,
};

async function runBlock(lab: Lab, arm: string, { factors }: Condition): Promise<Measurement> {
  const roundTripMs = Number(factors["roundTripMs"]);
  const agent = `distance-${lab.id()}`;
  await lab.wake(agent);
  // Of its own: other blocks run at the same time, and at another distance.
  const proxy = await startProxy(lab.host!.url);
  try {
    await warm({ lab, arm, agent, proxy });
    proxy.setLatency({ upMs: roundTripMs / 2, downMs: roundTripMs / 2, openMs: HANDSHAKES * roundTripMs });
    const { times, integrity } = await actions[String(factors["action"])]!.measure({ lab, arm, agent, proxy });
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
async function timeFirstWord(lab: Lab, client: TransportClient, times: number[]): Promise<Integrity> {
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

async function inputs({ lab, arm, agent, proxy }: Place): Promise<Timed> {
  using client = lab.client(arm, { name: agent, url: proxy.url });
  let times: readonly number[] = [];
  const { integrity } = await sendIntoRun(lab, client, async (put) => {
    // Opens the connection on which a kept-alive uplink goes.
    await put();
    times = await sendOnSchedule(INPUTS_PER_SECOND, put);
  });
  return { times, integrity: [integrity] };
}
