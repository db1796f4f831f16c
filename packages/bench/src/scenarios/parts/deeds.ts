/**
 * What somebody does with an agent that is some round trips away, and how a block of it is measured: by a browser (`distance`, `bad-link`, `tabs`), and by
 * a program in Node (`distance-node`).
 */
import type { Done } from "@agent-transports/lab/application";
import type { OpenConnections } from "@agent-transports/lab/browser";
import { addUp } from "@agent-transports/lab/integrity";
import type { Link, LinkPath } from "@agent-transports/lab/network";
import { parseEventId, type RunInput } from "@agent-transports/protocol";
import type { LocalLab } from "../../lab/lab.ts";
import { contextOf } from "../../lab/run-input.ts";
import { steadyReply } from "./follow.ts";
import { integrityOf, visit, type Visit } from "./in-place.ts";
import type { NetworkArm } from "./network-arms.ts";
import type { KnownMetric, Measurement } from "./scenario.ts";

const SAMPLES = 4;
const POSITIONS = ["first", "second", "third", "fourth"] as const satisfies { readonly length: typeof SAMPLES };
const THINK_MS = 1_000;
/** For so long the model thinks while inputs come. */
const LONG_MS = 20_000;
const LONG_TOKENS = 4_000;
/** Faster than the agent is. */
const LONG_PER_SECOND = 1_000_000;

/** What is done, and with which connections open. */
export interface Deed {
  readonly id: string;
  readonly label: string;
  readonly connections: OpenConnections;
  /** How often the page's connections are closed, and with `page` one is made, while it is done: before each time, the one that is not timed included, or once. */
  readonly prepared: "each" | "once";
  /** How often it is timed in a block. */
  readonly samples: number;
  /** @param samples so often it is timed @returns the block's times in ms, and the runs that they are of */
  readonly act: (lab: LocalLab, visit: Visit, samples: number) => Promise<Deeds>;
  /** Blocks that compete for the machine run alone; of those that wait for round trips, two run at once, one over each transport where there are two. Default: 1. */
  readonly atOnce?: number;
  /** Whether a kind of session is the sum of it (`sessions/kinds.ts`), and so is measured near, too, at the standard depth. */
  readonly inSessions?: boolean;
  /** Whether the times are of answers that follow each other on what the one before left open. */
  readonly inOrder?: boolean;
}

export interface Deeds extends Done {
  /** Of each run, in their order; `undefined` where it was cancelled. */
  readonly tokens: readonly (number | undefined)[];
  /** The `seq` of the first event that each reader is to see. */
  readonly firstSeq?: number;
}

export const deeds: readonly Deed[] = [
  {
    id: "start",
    label: "a first answer, no connection open",
    connections: "none",
    prepared: "each",
    samples: SAMPLES,
    act: answers("first answers"),
    atOnce: 2,
  },
  {
    id: "warm-start",
    label: "a first answer, the page's connection open",
    connections: "page",
    prepared: "each",
    samples: SAMPLES,
    act: answers("first answers"),
    atOnce: 2,
    inSessions: true,
  },
  {
    id: "ready",
    label: `a first answer, the client connected ${THINK_MS / 1000} s before`,
    connections: "page",
    prepared: "each",
    samples: SAMPLES,
    act: answers("first answers", { connectedForMs: THINK_MS }),
    atOnce: 2,
    inSessions: true,
  },
  {
    id: "next",
    label: "the next answer at once",
    connections: "page",
    prepared: "once",
    samples: SAMPLES,
    act: answers("next answers"),
    atOnce: 2,
    inOrder: true,
  },
  {
    id: "next-think",
    label: `the next answer after ${THINK_MS / 1000} s`,
    connections: "page",
    prepared: "once",
    samples: SAMPLES,
    act: answers("next answers", { thinkMs: THINK_MS }),
    atOnce: 2,
    inOrder: true,
    inSessions: true,
  },
  {
    id: "resume",
    label: "back to an answer, no connection open",
    connections: "none",
    prepared: "each",
    samples: SAMPLES,
    act: resume,
    atOnce: 2,
    inSessions: true,
  },
  {
    id: "first-input",
    label: "a first input into an answer",
    connections: "page",
    prepared: "each",
    samples: SAMPLES,
    act: firstInputs,
    atOnce: 2,
  },
  {
    id: "inputs",
    label: "20 inputs/s into an answer",
    connections: "page",
    prepared: "once",
    samples: 10,
    act: inputs(20),
    inSessions: true,
  },
  // As many as the Agent takes (PROTOCOL.md §8.3), for so long that a queue would show: each tenth is two round trips of 100 ms.
  {
    id: "fast-inputs",
    label: "100 inputs/s into an answer",
    connections: "page",
    prepared: "once",
    samples: 200,
    act: inputs(100),
  },
  {
    id: "long",
    label: `an answer of ${LONG_TOKENS} tokens at once, on an open connection, to its end`,
    connections: "page",
    prepared: "once",
    samples: 1,
    act: longAnswer,
  },
];

/** Of each block: how long each time took, and by its place where answers follow each other. */
export const deedMetrics: readonly KnownMetric[] = [
  {
    id: "time",
    label: "until it is there",
    unit: "ms",
    better: "lower",
    kind: "wait",
    quantiles: [0.5, 0.9],
    description:
      "From the call on the client to the first word, to the next event, to the acknowledgement, or to the end of a long answer; of inputs on a schedule, from when each was due.",
  },
  // A quantile of all would hide one that takes longer.
  ...POSITIONS.map((position, index) => ({
    id: `next${index + 1}`,
    label: `the ${position} next answer`,
    unit: "ms" as const,
    better: "lower" as const,
    kind: "wait" as const,
    quantiles: [0.5],
    description: `Of each block in which answers follow each other: from the call on the client to the first word of the ${position} one after the first of the visit.`,
  })),
];

const LIMIT_MS = 55_000;

/** Half a round trip each way, and nothing else. */
export function linkOf(roundTripMs: number): Link {
  const way = { delayMs: roundTripMs / 2 };
  return { down: way, up: way };
}

/** How a deed is measured. */
export interface DeedOn {
  readonly deed: Deed;
  readonly link: Link;
  /** So many times as often as it is timed without loss: a packet is seldom lost. Default: 1. */
  readonly oftener?: number;
}

export async function measureDeed(lab: LocalLab, arm: NetworkArm, { deed, link, oftener = 1 }: DeedOn): Promise<Measurement> {
  const { act, connections, prepared, atOnce = 1, inOrder = false } = deed;
  const samples = deed.samples * oftener;
  const conditions = { link, connections, atOnce, limitMs: LIMIT_MS };
  const { result, values } = await visit(lab, arm, conditions, (one) => act(lab, one, samples));
  const { times, runs, tokens, firstSeq } = result;
  const reconnects = runs.reduce((sum, run) => sum + run.reconnects, 0);
  if (!losesPackets(link)) {
    if (reconnects > 0) throw new Error("A connection was lost, though nothing on the network is.");
    // By the packets: over HTTP/2 both transports share the page's one connection.
    const [made, due] = [values["upTcpConnections"], prepared === "each" ? samples + 1 : 1];
    if (arm.http === "h2" && connections === "page" && made !== due)
      throw new Error(`The page was to make ${due} connections, and made ${made}.`);
    if (arm.http !== "h3" && made !== undefined && made < due)
      throw new Error(`The page was to make ${due} connections at least, and made ${made}.`);
  }
  const next = inOrder ? Object.fromEntries(POSITIONS.map((_, index) => [`next${index + 1}`, times.slice(index, index + 1)])) : {};
  return {
    samples: { time: [...times], ...next },
    values: { ...values, ...(losesPackets(link) && { reconnects }) },
    integrity: addUp(runs.map((run, index) => integrityOf([run], tokens[index], firstSeq))),
  };
}

/** Then a connection may be lost too. */
export function losesPackets({ down, up }: Link): boolean {
  return [down, up].some(({ loss }: LinkPath) => loss !== undefined);
}

function answers(
  name: "first answers" | "next answers",
  { thinkMs = 0, connectedForMs }: { readonly thinkMs?: number; readonly connectedForMs?: number } = {},
): Deed["act"] {
  return async (lab, { script, perform }, samples) => {
    const inputs = oneMoreThan(samples, () => contextOf(script(steadyReply(lab, 1, 1)).prompt));
    const first = { do: "first answers", inputs, ...(connectedForMs !== undefined && { connectedForMs }) } as const;
    const done = await perform(name === "first answers" ? first : { do: name, inputs, thinkMs });
    return { ...done, tokens: inputs.map(() => 1) };
  };
}

/** The first one of all is not timed. */
function oneMoreThan<Item>(samples: number, item: () => Item): Item[] {
  return Array.from({ length: samples + 1 }, item);
}

async function resume(lab: LocalLab, { script, perform }: Visit, samples: number): Promise<Deeds> {
  const { prompt } = script(steadyReply(lab, 3, 100_000));
  const { runs } = await perform({ do: "read at once", inputs: [contextOf(prompt)] });
  const [before, last] = (runs[0]?.events ?? []).slice(-2).map(({ id }) => id);
  const run = runs[0]?.id;
  if (before === undefined || last === undefined || run === undefined) throw new Error("The run to resume has no two events.");
  const resumed = await perform({ do: "resume", run, after: before, times: samples });
  for (const { events } of resumed.runs) if (events[0]?.id !== last) throw new Error(`Resumed at ${events[0]?.id}, not at ${last}.`);
  return { ...resumed, tokens: resumed.runs.map(() => undefined), firstSeq: parseEventId(last)?.seq ?? 1 };
}

async function firstInputs(lab: LocalLab, visit: Visit, samples: number): Promise<Deeds> {
  const inputs = oneMoreThan(samples, () => thinking(lab, visit));
  return inputsInOrder(await visit.perform({ do: "first inputs", inputs }), 1);
}

function inputs(perSecond: number): Deed["act"] {
  return async (lab, visit, count) => {
    const input = thinking(lab, visit);
    return inputsInOrder(await visit.perform({ do: "inputs", input, perSecond, count }), count + 1);
  };
}

/** After a short one, which opens what it comes on. */
async function longAnswer(lab: LocalLab, { script, perform }: Visit): Promise<Deeds> {
  const tokens = [1, LONG_TOKENS];
  const inputs = tokens.map((count) => contextOf(script(steadyReply(lab, count, LONG_PER_SECOND)).prompt));
  const { runs } = await perform({ do: "next answers", inputs, thinkMs: 0 });
  return { times: runs.slice(1).map(({ askedAt, at }) => (at.at(-1) ?? Number.NaN) - askedAt), runs, tokens };
}

/** An answer of which nothing streams but what is put into it. */
function thinking(lab: LocalLab, { script }: Visit): RunInput {
  return contextOf(script(steadyReply(lab, 1, 1, LONG_MS)).prompt);
}

/** @throws Error for an input that is missing, or out of order, in the events of a run, each of which had so many */
function inputsInOrder(done: Done, count: number): Deeds {
  for (const { events } of done.runs) {
    const seen = events.flatMap(({ data }) =>
      data.type === "data-input" && typeof data.data === "object" && data.data !== null && "n" in data.data ? [Number(data.data.n)] : [],
    );
    if (seen.length !== count || seen.some((n, index) => n !== index))
      throw new Error(`A run's inputs were ${seen.join(", ")}, of ${count}.`);
  }
  return { ...done, tokens: done.runs.map(() => undefined) };
}
