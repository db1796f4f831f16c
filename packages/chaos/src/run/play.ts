import type { RunInput } from "@agent-transports/protocol";
import type { UIMessage } from "ai";
import type { Ledger } from "../history/ledger.ts";
import type { Violation } from "../history/violations.ts";
import type { RunPlan, Scenario } from "../plan/scenario.ts";
import { Besides } from "./besides.ts";
import { Control } from "./control.ts";
import { Line } from "./line.ts";
import { Look, type Played } from "./look.ts";
import { Sleep } from "./sleep.ts";
import { listening, type Stage } from "./stage.ts";
import { Uplink } from "./uplink.ts";
import { pause } from "./wait.ts";

export { AFTERWARDS, type Played } from "./look.ts";

/** @returns what came of each run, those beside others included */
export async function playAll({ runs, kills }: Scenario, stage: Stage): Promise<readonly Played[]> {
  return (await Promise.all(runs.map((run) => playRun(run, stage, kills.length > 0)))).flat();
}

async function playRun(plan: RunPlan, stage: Stage, killed: boolean): Promise<readonly Played[]> {
  const control = new Control(stage.worker, plan.agent);
  // An agent that answers this alone has no others, and is not to be woken by who looks.
  const before = new Set(plan.key === undefined ? [] : (await control.ledger("")).runs.map(({ id }) => id));
  const started = Promise.withResolvers<string>();
  const uplink = new Uplink(async () => control.isRunning(await started.promise), listening(stage));
  started.promise.catch(() => undefined); // The first line's reader says so too.
  const look = new Look(plan, stage, control, { killed, before });
  const besides = new Besides(plan, stage, control);
  const sleep = plan.sleep === undefined ? undefined : new Sleep(plan, plan.sleep, stage, control);
  let deleted: Promise<Ledger> | undefined;
  const of = {
    agent: plan.agent,
    stage,
    uplink,
    crash: () => control.crash(),
    expired: async () => {
      deleted ??= look.andDelete(await started.promise);
      await deleted;
    },
  };
  const lines = await openAll(
    plan.lines.map((line, index) =>
      Line.open(`line${index}`, line, index === 0 ? { ...of, besides, ...(sleep !== undefined && { sleep }) } : of),
    ),
  );
  const [first, ...others] = lines;
  if (first === undefined) throw new RangeError(`The run of ${plan.agent} has no line.`);
  const firstOver = new AbortController();
  const runId = (): Promise<string> => started.promise;
  const key = plan.key ?? plan.agent;
  const text = stage.provider.promptOf({ name: key, reply: plan.reply });
  const question: RunInput = plan.key === undefined ? { prompt: text } : { messages: [askedAlone(plan.key, text)] };
  const reading = first
    .play(
      (client, { saveAs, signal }) => {
        const options = { ...(saveAs !== undefined && { saveAs }), ...(signal !== undefined && { signal }) };
        const run = client.start(question, { key: `start-${key}`, ...options });
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
    await line.play((client, options) => client.resume(run, options), after, runId);
  });
  const ended = await Promise.allSettled([reading, ...joining]);
  // Where the run did not begin, the other lines were never played, and listen still.
  await Promise.all(lines.map((line) => line.close()));
  const failed = ended.find((one) => one.status === "rejected");
  const thrown: Violation[] = failed === undefined ? [] : [{ kind: "reader-failed", of: "runner", what: String(failed.reason) }];
  const streams = lines.flatMap((line) => line.streams);
  const begun = [...besides.begun, ...(sleep?.besides.begun ?? [])];
  const runs = 1 + begun.length;
  const played = await look.at(
    {
      reply: plan.reply,
      cancels: plan.lines.some(({ cancelAt }) => cancelAt !== null),
      run: await runId().catch(() => ""),
      // Where the run never began, nobody but the first has asked for it.
      readers: [...lines.flatMap((line) => line.readers), ...(sleep?.readers ?? [])].filter(({ began }) => began),
      uplink,
      streams: streams.filter(({ reader }) => !begun.some((beside) => beside.reader.name === reader)),
      runs,
    },
    deleted,
  );
  const beside = begun.map(async (one) =>
    look.at({
      reply: one.plan.reply,
      cancels: one.plan.cancelAt !== null,
      run: await one.id.catch(() => ""),
      readers: [one.reader],
      uplink: one.uplink,
      streams: streams.filter(({ reader }) => reader === one.reader.name),
      runs,
    }),
  );
  const all = [{ ...played, violations: [...played.violations, ...besides.violations, ...thrown] }, ...(await Promise.all(beside))];
  for (const name of [key, ...begun.map((one) => one.name)]) stage.provider.forget(name);
  return all;
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
