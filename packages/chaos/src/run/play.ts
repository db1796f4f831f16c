import type { RunInput } from "@agent-transports/protocol";
import type { UIMessage } from "ai";
import { check } from "../history/check.ts";
import type { History } from "../history/history.ts";
import type { Ledger } from "../history/ledger.ts";
import type { Violation } from "../history/violations.ts";
import { chunksOf, wordsOf, type ReplySpec } from "../plan/reply.ts";
import type { RunPlan, Scenario, TransportName } from "../plan/scenario.ts";
import { jsonOf } from "../history/hash.ts";
import { Control } from "./control.ts";
import { Line } from "./line.ts";
import { Reader } from "./reader.ts";
import { listening, type Stage, type Stream } from "./stage.ts";
import { Uplink } from "./uplink.ts";
import { pause, until } from "./wait.ts";

/** Who reads the whole log when all is over. */
export const AFTERWARDS = "afterwards";

/** What came of one run. */
export interface Played {
  readonly history: History;
  readonly violations: readonly Violation[];
  readonly streams: readonly Stream[];
  /** Over this transport, `afterwards` read the whole log again. */
  readonly readAgain: TransportName;
  /** How often the answer was interrupted, and went on. */
  readonly resumed: number;
  /** The provider's stream broke off or failed, as it was planned. */
  readonly providerFailed: boolean;
}

export function playAll({ runs, kills }: Scenario, stage: Stage): Promise<readonly Played[]> {
  return Promise.all(runs.map((run) => playRun(run, stage, kills.length > 0)));
}

async function playRun(plan: RunPlan, stage: Stage, killed: boolean): Promise<Played> {
  const control = new Control(stage.worker, plan.agent);
  // An agent that answers this alone has no others, and is not to be woken by who looks.
  const before = new Set(plan.key === undefined ? [] : (await control.ledger("")).runs.map(({ id }) => id));
  const started = Promise.withResolvers<string>();
  const uplink = new Uplink(async () => {
    const run = await started.promise;
    return (await control.ledger(run)).runs.some(({ id, state }) => id === run && state === "running");
  }, listening(stage));
  started.promise.catch(() => undefined); // The first line's reader says so too.
  let deleted: Promise<Ledger> | undefined;
  const of = {
    agent: plan.agent,
    stage,
    uplink,
    crash: () => control.crash(),
    expired: async () => {
      deleted ??= expire(control, await started.promise);
      await deleted;
    },
  };
  const lines = await openAll(plan.lines.map((line, index) => Line.open(`line${index}`, line, of)));
  const [first, ...others] = lines;
  if (first === undefined) throw new RangeError(`The run of ${plan.agent} has no line.`);
  const firstOver = new AbortController();
  const runId = (): Promise<string> => started.promise;
  const reading = first
    .play(
      (client) => {
        const run = client.start(questionOf(plan, stage), { key: `start-${plan.key ?? plan.agent}`, ...listening(stage) });
        run.started.then(started.resolve, started.reject);
        return run;
      },
      undefined,
      runId,
    )
    .finally(() => firstOver.abort());
  const joining = others.map(async (line, index) => {
    const { joinsAt = 0, from = 0 } = plan.lines[index + 1] ?? {};
    const run = await runId();
    while (first.first.events.length < joinsAt && !firstOver.signal.aborted) await pause(5);
    // Not behind the terminal event: there is nothing to be given.
    const seen = first.first.events;
    const after = seen[Math.min(from, seen.length - 1) - 1]?.id;
    await line.play(
      (client, behind) => client.resume(run, { ...(behind !== undefined && { after: behind }), ...listening(stage) }),
      after,
      runId,
    );
  });
  const ended = await Promise.allSettled([reading, ...joining]);
  // Where the run did not begin, the other lines were never played, and listen still.
  await Promise.all(lines.map((line) => line.close()));
  const failed = ended.find((one) => one.status === "rejected");
  const inputs = await uplink.settled(30_000);
  const run = await runId().catch(() => "");
  const whole = deleted === undefined ? await endedLedger(control, run) : await deleted;
  const ledger: Ledger = { ...whole, runs: whole.runs.filter(({ id }) => !before.has(id)) };
  // Where the run never began, nobody but the first has asked for it.
  const readers = lines.flatMap((line) => line.readers).filter(({ began }) => began);
  // A log that never ends is found by the ledger: nobody need wait for it once more.
  if (run !== "" && ledger.runs.every(({ state }) => state !== "running")) readers.push(await readAgain(plan, stage, run));
  for (const reader of readers) reader.mayBeGone = deleted !== undefined;
  const history: History = {
    run,
    ledger,
    expected: expectedOf(plan, killed),
    views: readers.map(({ view }) => view),
    inputs,
    cancels: uplink.cancels,
  };
  // What is gone cannot be cancelled.
  const failedCancels = uplink.failedCancels.filter(({ code }) => deleted === undefined || code !== "run_gone");
  const cancels = failedCancels.map(({ reader, what }): Violation => ({ kind: "cancel-failed", of: reader, what }));
  const thrown: Violation[] = failed === undefined ? [] : [{ kind: "reader-failed", of: "runner", what: String(failed.reason) }];
  stage.provider.forget(plan);
  const resumed = ledger.rows.reduce((sum, { chunks }) => sum + chunks.split('"type":"data-resumed"').length - 1, 0);
  return {
    history,
    violations: [...check(history), ...cancels, ...thrown],
    streams: lines.flatMap(({ streams }) => streams),
    readAgain: plan.readAgain,
    resumed,
    providerFailed: plan.reply.breaks.length > 0 ? resumed > 0 : ledger.runs.some(({ state }) => state === "failed"),
  };
}

function questionOf(plan: RunPlan, { provider }: Stage): RunInput {
  const text = provider.promptOf(plan);
  return plan.key === undefined ? { prompt: text } : { messages: [askedAlone(plan.key, text)] };
}

/** The one message of a context that its agent does not keep. */
export function askedAlone(id: string, text: string): UIMessage {
  return { id, role: "user", parts: [{ type: "text", text }] };
}

/** All of them, or none. */
async function openAll(opening: readonly Promise<Line>[]): Promise<readonly Line[]> {
  const opened = await Promise.allSettled(opening);
  const failed = opened.find((one) => one.status === "rejected");
  const lines = opened.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  if (failed === undefined) return lines;
  await Promise.all(lines.map((line) => line.close()));
  throw failed.reason;
}

async function endedLedger(control: Control, run: string): Promise<Ledger> {
  return until(
    () => control.ledger(run),
    ({ runs }) => runs.every(({ state }) => state !== "running"),
    30_000,
  );
}

/** Looks at the log, and has its events deleted. */
async function expire(control: Control, run: string): Promise<Ledger> {
  const ledger = await endedLedger(control, run);
  await control.expire();
  return ledger;
}

/** The whole log, by a client on no line. Where other runs' Worker is killed meanwhile, it finds nobody there for a time, and need not say so. */
async function readAgain({ agent, readAgain: transport }: RunPlan, stage: Stage, run: string): Promise<Reader> {
  const reader = new Reader(AFTERWARDS, stage.patienceMs);
  const options = { url: stage.worker, agent: "chaos-agent", name: agent, onError: () => undefined, ...listening(stage) };
  const client = stage.makeClient(transport, options, "events");
  await reader.read(client.resume(run, listening(stage)), 0, () => false, "events");
  client.close();
  return reader;
}

function expectedOf({ reply, lines }: RunPlan, killed: boolean): History["expected"] {
  const states = new Set([reply.failsAt === null ? "finished" : "failed"]);
  const dies = killed || lines.some(({ faults }) => faults.some(({ kind }) => kind === "crash"));
  // Nothing comes of it after its agent's death: PROTOCOL.md §1.2.
  if (dies && reply.failsAt !== null) states.add("interrupted");
  if (lines.some(({ cancelAt }) => cancelAt !== null)) states.add("cancelled");
  // Behind a death, the model is given again what it had taken before.
  const content = reply.model === null ? { chunks: textsOf(reply) } : { text: wordsOf(reply).join("") };
  return {
    content,
    states: [...states],
    failsBehind: dies ? null : reply.failsAt,
    interrupts: dies || reply.breaks.length > 0,
    hears: reply.hears && !dies,
  };
}

function textsOf(reply: ReplySpec): readonly string[] {
  return chunksOf(reply).map((chunk) => jsonOf(chunk));
}
