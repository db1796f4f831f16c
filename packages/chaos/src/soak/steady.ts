import type { ClientOptions } from "@agent-transports/client-core";
import { startProxy } from "@agent-transports/lab/proxy";
import { check } from "../history/check.ts";
import { jsonOf } from "../history/hash.ts";
import type { History } from "../history/history.ts";
import { chunksOf, type ReplySpec } from "../plan/reply.ts";
import type { TransportName } from "../plan/scenario.ts";
import { Control } from "../run/control.ts";
import { askedAlone, type Played } from "../run/play.ts";
import { Reader } from "../run/reader.ts";
import { listening, type Stage } from "../run/stage.ts";
import { pause } from "../run/wait.ts";

/** The connection is reset in every fourth answer, in its middle. */
const CUT_EVERY = 4;
const CUT_AT_EVENT = 8;
const BETWEEN_ANSWERS_MS = 200;

/** The agent whose answers are read so over this transport. */
export function steadyAgent(transport: TransportName): string {
  return `steady-${transport}_20`;
}

/**
 * One client reads one short answer after another, for as long as it is wanted. Lanes have clients that live for one answer; what a client keeps
 * of each run shows in one that lives for thousands.
 *
 * @param nth number of the next answer, of all such clients
 */
export async function readSteadily(
  transport: TransportName,
  stage: Stage,
  { nth, over, take }: { readonly nth: () => number; readonly over: () => boolean; readonly take: (id: string, played: Played) => void },
): Promise<void> {
  const agent = steadyAgent(transport);
  const proxy = await startProxy(stage.worker);
  const options: ClientOptions = {
    ...listening(stage),
    url: proxy.url,
    agent: "chaos-agent",
    name: agent,
    retry: { baseMs: 20, capMs: 200 },
    connectTimeoutMs: 2_000,
    heartbeatMs: 1_000,
    onError: () => undefined,
  };
  const client = stage.makeClient(transport, options, "events");
  const control = new Control(stage.worker, agent);
  try {
    for (let mine = 1; !over(); mine++) {
      const n = nth();
      const id = `steady-${transport}-${n}`;
      const reply = replyOf(n);
      const run = client.start({ messages: [askedAlone(id, JSON.stringify(reply))] }, { key: id, ...listening(stage) });
      const reader = new Reader(id, stage.patienceMs);
      reader.beginsBehind(undefined);
      let cuts = 0;
      await reader.read(
        run,
        0,
        (count) => {
          if (mine % CUT_EVERY === 0 && count === CUT_AT_EVENT) cuts += proxy.reset().connections;
          return false;
        },
        "events",
      );
      take(id, playedOf({ reader, transport, cuts, history: await historyOf(await run.started.catch(() => ""), reply, reader, control) }));
      await pause(BETWEEN_ANSWERS_MS);
    }
  } finally {
    client.close();
    await proxy.close();
  }
}

/** Some twenty words within half a second. */
function replyOf(seed: number): ReplySpec {
  return { seed, deltas: 20, everyMs: 20, kind: "text", replays: true, breaks: [], failsAt: null, hears: false, model: null };
}

async function historyOf(run: string, reply: ReplySpec, reader: Reader, control: Control): Promise<History> {
  const ledger = await control.ledger(run);
  return {
    run,
    ledger: { ...ledger, runs: ledger.runs.filter(({ id }) => id === run) },
    expected: {
      runs: 1,
      content: { chunks: chunksOf(reply).map((chunk) => jsonOf(chunk)) },
      states: ["finished"],
      failsBehind: null,
      interrupts: false,
      loses: false,
      hears: false,
    },
    views: [reader.view],
    inputs: [],
    cancels: [],
  };
}

function playedOf(one: {
  readonly reader: Reader;
  readonly transport: TransportName;
  readonly cuts: number;
  readonly history: History;
}): Played {
  const { reader, transport, cuts, history } = one;
  const { name, reconnects, events } = reader;
  const strikes = new Map<string, number>(cuts > 0 ? [["reset", 1]] : []);
  return {
    history,
    violations: check(history),
    streams: [{ reader: name, transport, strikes, reconnects, events: events.length }],
    readAgain: transport,
    resumed: 0,
    providerFailed: false,
  };
}
