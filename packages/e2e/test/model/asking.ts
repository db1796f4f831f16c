import type { Run } from "@agent-transports/client-core";
import { bytesToJson, isErrorBody, type RunInfo, type RunInput } from "@agent-transports/protocol";
import { demand, mayHaveEnded, type AgentModel, type RunModel } from "./agent-model.ts";
import { codeOf, errorOf, seqOf, settled, shown, within, type AgentUnderTest, type Over } from "./agent-under-test.ts";

/** Over a client, or without one. */
export type Way = Over | "http" | "frame";
export type Cursor = "start" | "middle" | "tail" | "foreign" | "beyond" | "malformed";

const said = (text: string) => [{ id: "m", role: "user" as const, parts: [{ type: "text", text }] }];
/** What runs start with. Those that last are cancelled long before they end. */
export const bodies: readonly { readonly input: RunInput; readonly lasting: boolean; readonly known: boolean }[] = [
  { input: { messages: said("Write 30 words at 1000 tokens/s.") }, lasting: false, known: true },
  { input: { messages: said("Write 20000 words at 200 tokens/s.") }, lasting: true, known: true },
  { input: { prompt: "Write 20000 words at 100 tokens/s." }, lasting: true, known: false },
  { input: { prompt: "Write 3 words at 2000 tokens/s." }, lasting: false, known: false },
];

export async function startAndView(model: AgentModel, agent: AgentUnderTest, over: Over, body: number, key: string): Promise<void> {
  const { input, lasting } = bodies[body]!;
  const answer = await startOver(agent, over, input, key);
  demand("run" in answer && answer.follow !== undefined, "a start whose agent died was refused");
  agent.view(model.begun(answer.run, body, lasting, key), answer.follow, 0);
}

type Started = { readonly run: string; readonly joined?: boolean; readonly follow?: Run } | { readonly code: string };

export async function startOver(agent: AgentUnderTest, over: Way, input: RunInput, key: string | undefined): Promise<Started> {
  if (over === "http") {
    const answer = await agent.http("POST", "/runs", { ...input, ...(key !== undefined && { key }) });
    if (answer.status >= 400) return { code: errorOf(answer).code };
    demand(answer.status === 200 || answer.status === 201, `a start was answered ${answer.status}`);
    return { run: (answer.body as RunInfo).id, joined: answer.status === 200 };
  }
  if (over === "frame") {
    const answer = await agent.frame({ type: "start", key: key ?? crypto.randomUUID(), input });
    if (isErrorBody(answer["error"])) return { code: answer["error"].code };
    return { run: (answer["run"] as RunInfo).id, joined: answer["joined"] as boolean };
  }
  const follow = agent.client(over).start(input, key === undefined ? {} : { key });
  const outcome = await settled(follow.started, "the answer to a start");
  return "value" in outcome ? { run: outcome.value, follow } : { code: codeOf(outcome.error) };
}

type Sent = { readonly id: string } | { readonly code: string };
type Input = { readonly key: string; readonly data: unknown };

export async function sendOver(agent: AgentUnderTest, over: Way, run: RunModel, inputs: readonly Input[]): Promise<Sent[]> {
  if (over === "http") {
    const answer = await agent.http("POST", `/runs/${run.id}/inputs`, {
      inputs: inputs.map(({ key, data }) => ({ key, data: bytesToJson(data) })),
    });
    const { accepted = [] } = answer.body as { accepted?: { id: string; key: string }[] };
    demand(
      accepted.every(({ key }, at) => key === inputs[at]?.key),
      `a list was answered in another order`,
    );
    demand((answer.status === 202) === (accepted.length === inputs.length), `a list was answered ${answer.status}`);
    return inputs.map((_input, at) => accepted[at] ?? { code: errorOf(answer).code });
  }
  if (over === "frame") {
    const sent: Sent[] = [];
    for (const { key, data } of inputs) {
      const answer = await agent.frame({ type: "input", run: run.id, key, data: bytesToJson(data) });
      sent.push(isErrorBody(answer["error"]) ? { code: answer["error"].code } : { id: String(answer["id"]) });
    }
    return sent;
  }
  const followed = agent.client(over).resume(run.id);
  const outcomes = await Promise.all(
    inputs.map(({ key, data }) => settled(followed.send(data, { key }), `the answer to the input ${key} of ${run.id}`)),
  );
  followed.close();
  return outcomes.map((outcome) => ("value" in outcome ? { id: outcome.value } : { code: codeOf(outcome.error) }));
}

/** Afterwards it has ended, whatever it was. */
export async function cancelOver(model: AgentModel, agent: AgentUnderTest, over: Way, run: RunModel): Promise<void> {
  const mustBeCancelled = !mayHaveEnded(run);
  let code: string | undefined;
  // Events that say that it was cancelled may come before the answer does.
  run.lasting = false;
  if (over === "http") {
    const answer = await agent.http("DELETE", `/runs/${run.id}`);
    if (answer.status >= 400) ({ code } = errorOf(answer));
    else checkInfo(model, run, answer.body as RunInfo);
  } else if (over === "frame") {
    const answer = await agent.frame({ type: "cancel", run: run.id });
    if (isErrorBody(answer["error"])) ({ code } = answer["error"]);
    else checkInfo(model, run, answer["run"] as RunInfo);
  } else {
    const followed = agent.client(over).resume(run.id);
    const outcome = await settled(followed.cancel(), `the answer to a cancel of ${run.id}`);
    followed.close();
    if ("error" in outcome) code = codeOf(outcome.error);
  }
  if (code === "run_gone") return model.isGone(run);
  demand(code === undefined, `a cancel of ${run.id} was refused with ${code}`);
  if (mustBeCancelled) model.ended(run, "cancelled");
}

/** The run's resource says what is known of it. */
export async function look(model: AgentModel, agent: AgentUnderTest, run: RunModel): Promise<void> {
  const info = await agent.info(run.id);
  if (info === "gone") model.isGone(run);
  else checkInfo(model, run, info);
}

export function checkInfo(model: AgentModel, run: RunModel, info: RunInfo): void {
  const { id, state, epoch, lastEventId, endedAt, error } = info;
  const what = `the resource ${JSON.stringify(info)}`;
  demand(id === run.id && !run.gone, `${what} is not that of ${run.id}`);
  demand(run.epoch === undefined || run.epoch === epoch, `${what} has another epoch than ${run.epoch}`);
  demand(seqOf(lastEventId) >= Math.max(0, ...run.log.keys()), `${what} ends before an event that was seen`);
  demand(run.end === undefined || seqOf(lastEventId) === run.end, `${what} does not end at ${run.end}`);
  demand((state === "running") === (endedAt === null), `${what} is ${state}`);
  demand((state === "interrupted") === (error !== null), `${what} has the error ${JSON.stringify(error)}`);
  if (state !== "running") model.ended(run, state);
  else demand(run.state === undefined, `${what} is running, and was ${run.state}`);
}

/** Behind a cursor its stream goes on, without gap or overlap (PROTOCOL.md §3.2): on the wire, where no client drops what came twice. */
export async function goesOn(model: AgentModel, agent: AgentUnderTest, run: RunModel, cursor: string | undefined): Promise<void> {
  const first = await within(agent.firstBehind(run.id, cursor), `an event behind ${cursor}`);
  if (first === "gone") return model.isGone(run);
  run.epoch ??= first?.split(".")[0];
  if (first !== undefined) isDue(run, cursor, first);
  else
    demand(mayHaveEnded(run) && (run.end ?? seqOf(cursor)) === seqOf(cursor), `nothing comes behind ${cursor}, and ${run.end} is the last`);
}

export function isDue(run: RunModel, cursor: string | undefined, first: unknown): void {
  demand(first === `${run.epoch}.${seqOf(cursor) + 1}`, `${String(first)} comes behind ${cursor}`);
}

/** In the middle of what was seen. */
export function someCursor({ log, epoch }: RunModel): string | undefined {
  const seen = [...log.keys()].sort((one, other) => one - other);
  const seq = seen[seen.length >> 1];
  return seq === undefined ? undefined : `${epoch}.${seq}`;
}

export async function cursorFor(
  model: AgentModel,
  agent: AgentUnderTest,
  run: RunModel,
  from: Cursor,
): Promise<{ readonly cursor: string | undefined; readonly reason?: string }> {
  const seen = [...run.log.keys()].sort((a, b) => a - b);
  if (run.epoch === undefined && from !== "start" && from !== "malformed") {
    const info = await agent.info(run.id);
    if (info === "gone") model.isGone(run);
    else run.epoch = info.epoch;
  }
  const epoch = run.epoch ?? "unknown";
  switch (from) {
    case "start":
      return { cursor: undefined };
    case "middle":
    case "tail": {
      const seq = from === "tail" ? seen.at(-1) : seen[seen.length >> 1];
      return { cursor: seq === undefined ? undefined : `${epoch}.${seq}` };
    }
    case "foreign":
      return {
        cursor: `${model.runs.find((other) => other !== run && other.epoch !== undefined)?.epoch ?? "other"}.1`,
        reason: "unknown_epoch",
      };
    case "beyond":
      return { cursor: `${epoch}.${Number.MAX_SAFE_INTEGER}`, reason: run.epoch === undefined ? "unknown_epoch" : "beyond_tail" };
    case "malformed":
      return { cursor: `${epoch}.0`, reason: "malformed" };
  }
}

export function refused(model: AgentModel, run: RunModel, code: string, said: string | undefined, expected: string | undefined): void {
  if (code === "run_gone") return model.isGone(run);
  demand(code === "cannot_resume" && said === expected, `a cursor (${expected}) was answered with ${code}, ${said}`);
}

export async function refusalOf(run: Run): Promise<string> {
  const outcome = await settled(run[Symbol.asyncIterator]().next(), "a refusal");
  run.close();
  return "error" in outcome ? codeOf(outcome.error) : `an event, ${shown(outcome.value.value)}`;
}
