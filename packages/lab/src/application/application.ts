/**
 * What a person's application does with one of our clients, timed by its own clock. It uses only what browsers and Node have, so that the same program
 * is measured in both: Node imports it, and `browser/follow-page.ts` has it in a page.
 */
import type { Run, TransportClient } from "@agent-transports/client-core";
import type { RunInput } from "@agent-transports/protocol";
import { readRun, type ReadRun } from "./read-run.ts";
import { runChain, type ToolChain } from "./tool-chain.ts";
import { wait } from "./wait.ts";

/** Where the application runs. */
export interface Surroundings {
  /** A client with nothing open. */
  readonly newClient: () => TransportClient;
  /** Leaves the connections open that a person's would be when an action begins, and no others. */
  readonly prepareConnections: () => Promise<void>;
}

export interface Done {
  /** In ms, in the order in which they were asked for. The first one of all is not among them: a page compiles its code with it, and an agent its own. */
  readonly times: readonly number[];
  /** All, the first one included. */
  readonly runs: readonly ReadRun[];
}

/** What is timed: see the function of each. */
export type Action =
  | { readonly do: "first answers"; readonly inputs: readonly RunInput[]; readonly connectedForMs?: number }
  | { readonly do: "answers beside others"; readonly rounds: readonly BesideOthers[]; readonly stepMs: number }
  | { readonly do: "next answers"; readonly inputs: readonly RunInput[]; readonly thinkMs: number }
  | { readonly do: "resume"; readonly run: string; readonly after: string; readonly times: number }
  | { readonly do: "first inputs"; readonly inputs: readonly RunInput[] }
  | { readonly do: "inputs"; readonly input: RunInput; readonly perSecond: number; readonly count: number }
  | { readonly do: "tool chain"; readonly opening: RunInput; readonly chain: ToolChain }
  | { readonly do: "connect" }
  | { readonly do: "read at once"; readonly inputs: readonly RunInput[] };

interface BesideOthers {
  /** What other tabs ask. */
  readonly others: readonly RunInput[];
  /** What is asked in the tab that is timed. */
  readonly input: RunInput;
}

type ActionOf<Name extends Action["do"]> = Extract<Action, { readonly do: Name }>;

export function perform(here: Surroundings, action: Action): Promise<Done> {
  switch (action.do) {
    case "first answers":
      return firstAnswers(here, action);
    case "answers beside others":
      return answersBesideOthers(here, action);
    case "next answers":
      return nextAnswers(here, action);
    case "resume":
      return resumptions(here, action);
    case "first inputs":
      return firstInputs(here, action);
    case "inputs":
      return inputsOnSchedule(here, action);
    case "tool chain":
      return toolChain(here, action);
    case "connect":
      return here.prepareConnections().then(() => ({ times: [], runs: [] }));
    case "read at once":
      return readAtOnce(here, action);
  }
}

/**
 * The first answer of a visit, each by a client of its own. Timed from the call to the first event with text. With `connectedForMs` the application has called
 * `connect()` when the page was loaded, and its connection has been open for so long when the question comes.
 */
async function firstAnswers(
  { newClient, prepareConnections }: Surroundings,
  { inputs, connectedForMs }: ActionOf<"first answers">,
): Promise<Done> {
  const answers: Answer[] = [];
  for (const input of inputs) {
    await prepareConnections();
    using client = newClient();
    if (connectedForMs !== undefined) {
      await client.connect();
      await wait(connectedForMs);
    }
    answers.push(await timeAnswer(client, input));
  }
  return done(answers);
}

/**
 * The first answer of a tab, while others stream to tabs of their own, each with a client of its own. `stepMs` after all of them are being answered, the tab is
 * loaded and calls `connect()`. As long after that somebody asks, whether it is connected or not. Timed from the call to the first event with text.
 */
async function answersBesideOthers(
  { newClient, prepareConnections }: Surroundings,
  { rounds, stepMs }: ActionOf<"answers beside others">,
): Promise<Done> {
  const answers: Answer[] = [];
  const runs: ReadRun[] = [];
  for (const { others, input } of rounds) {
    await prepareConnections();
    const tabs = others.map(() => newClient());
    try {
      // Chromium opens one WebSocket to a host after another: the tab is not to wait for those that were opened long before it.
      await Promise.all(tabs.map((tab) => tab.connect()));
      const asked = tabs.flatMap((tab, index) => (others[index] === undefined ? [] : [tab.start(others[index])]));
      const streaming = Promise.all(asked.map(readRun));
      streaming.catch(() => undefined); // Awaited below; a failure must not go unhandled until then.
      await Promise.all(asked.map(({ started }) => started));
      await wait(stepMs);
      using client = newClient();
      const connecting = client.connect();
      connecting.catch(() => undefined); // Awaited below, too.
      await wait(stepMs);
      const answer = await timeAnswer(client, input);
      await connecting;
      answers.push(answer);
      runs.push(...(await streaming), ...(answer.read === undefined ? [] : [answer.read]));
    } finally {
      for (const tab of tabs) tab.close();
    }
  }
  return { times: done(answers).times, runs };
}

/** Answers on what the one before left open, after a time to think. */
async function nextAnswers({ newClient, prepareConnections }: Surroundings, { inputs, thinkMs }: ActionOf<"next answers">): Promise<Done> {
  await prepareConnections();
  using client = newClient();
  const answers: Answer[] = [];
  for (const input of inputs) {
    if (answers.length > 0) await wait(thinkMs);
    answers.push(await timeAnswer(client, input));
  }
  return done(answers);
}

/** Back to an answer that has one event more, each by a client of its own. Timed from the call to that event. */
async function resumptions({ newClient, prepareConnections }: Surroundings, { run, after, times }: ActionOf<"resume">): Promise<Done> {
  const answers: Answer[] = [];
  for (let n = 0; n <= times; n++) {
    await prepareConnections();
    using client = newClient();
    const read = await readRun(client.resume(run, { after }));
    answers.push({ ms: (read.at[0] ?? Number.NaN) - read.askedAt, read });
  }
  return done(answers);
}

/** The first input into an answer that streams, each by a client of its own. Timed from the call to its acknowledgement. */
async function firstInputs({ newClient, prepareConnections }: Surroundings, { inputs }: ActionOf<"first inputs">): Promise<Done> {
  const answers: Answer[] = [];
  for (const input of inputs) {
    await prepareConnections();
    using client = newClient();
    answers.push(...(await intoRun(client, input, async (run) => [await timeInput(run, 0, performance.now())])));
  }
  return done(answers);
}

/** Inputs into one answer on a schedule, after a first one, which opens what they go on. Timed from when each was due to its acknowledgement. */
async function inputsOnSchedule(
  { newClient, prepareConnections }: Surroundings,
  { input, perSecond, count }: ActionOf<"inputs">,
): Promise<Done> {
  await prepareConnections();
  using client = newClient();
  const answers = await intoRun(client, input, async (run) => {
    const first = await timeInput(run, 0, performance.now());
    const startAt = performance.now() + 5;
    const sending: Promise<number>[] = [];
    for (let n = 0; n < count; n++) {
      const dueAt = startAt + (n * 1000) / perSecond;
      await until(dueAt);
      sending.push(timeInput(run, n + 1, dueAt));
    }
    return [first, ...(await Promise.all(sending))];
  });
  return done(answers);
}

/** A chain of turns, after an answer that opens what it goes on. Timed by turn, from what was sent to the end of the answer. */
async function toolChain({ newClient, prepareConnections }: Surroundings, { opening, chain }: ActionOf<"tool chain">): Promise<Done> {
  await prepareConnections();
  using client = newClient();
  const runs = [await readRun(client.start(opening)), ...(await runChain(client, chain))];
  return done(runs.map((read) => ({ ms: (read.at.at(-1) ?? Number.NaN) - read.askedAt, read })));
}

/** Several answers at once, by one client, on the connections that are there. None is timed. */
async function readAtOnce({ newClient }: Surroundings, { inputs }: ActionOf<"read at once">): Promise<Done> {
  using client = newClient();
  return { times: [], runs: await Promise.all(inputs.map((input) => readRun(client.start(input)))) };
}

interface Answer {
  readonly ms: number;
  /** `undefined` where another answer has it. */
  readonly read: ReadRun | undefined;
}

function done(answers: readonly Answer[]): Done {
  return { times: answers.slice(1).map(({ ms }) => ms), runs: answers.flatMap(({ read }) => read ?? []) };
}

async function timeAnswer(client: TransportClient, input: RunInput): Promise<Answer> {
  const read = await readRun(client.start(input));
  const first = read.events.findIndex(({ data }) => data.type === "text-delta");
  return { ms: (read.at[first] ?? Number.NaN) - read.askedAt, read };
}

/** Starts a run, sends into it, and cancels it. @returns the times of its inputs, with the run in the first */
async function intoRun(client: TransportClient, input: RunInput, send: (run: Run) => Promise<number[]>): Promise<Answer[]> {
  const run = client.start(input);
  const reading = readRun(run);
  reading.catch(() => undefined); // Awaited below; a failure must not go unhandled until then.
  await run.started;
  const times = await send(run);
  await run.cancel();
  const read = await reading;
  return times.map((ms, index) => ({ ms, read: index === 0 ? read : undefined }));
}

async function timeInput(run: Run, n: number, from: number): Promise<number> {
  await run.send({ kind: "note", text: "Make it shorter, please.", n });
  return performance.now() - from;
}

/** Browsers make a timer within timers at least 4 ms long (HTML §8.7): the last of the wait is turns of the event loop. */
const NESTED_TIMER_MS = 5;

/** Waits for a moment of the application's clock. */
async function until(at: number): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  for (let waitMs = at - performance.now(); waitMs > 0; waitMs = at - performance.now()) {
    if (waitMs > NESTED_TIMER_MS) await wait(waitMs - NESTED_TIMER_MS);
    else
      await new Promise((resolve) => {
        port1.onmessage = resolve;
        port2.postMessage(null);
      });
  }
  port1.close();
}
