import { setTimeout as pause } from "node:timers/promises";
import type { Run } from "@agent-transports/client-core";
import { bytesToJson, isErrorBody, type RunInfo, type RunInput } from "@agent-transports/protocol";
import { demand, mayHaveEnded, type AgentModel, type RunModel } from "./agent-model.ts";
import { codeOf, errorOf, KEPT, seqOf, settled, shown, within, type AgentUnderTest, type Over, type View } from "./agent-under-test.ts";

const said = (text: string) => [{ id: "m", role: "user" as const, parts: [{ type: "text", text }] }];
/** What runs start with. Those that last are cancelled long before they end. */
export const bodies: readonly { readonly input: RunInput; readonly lasting: boolean; readonly known: boolean }[] = [
  { input: { messages: said("Write 30 words at 1000 tokens/s.") }, lasting: false, known: true },
  { input: { messages: said("Write 20000 words at 200 tokens/s.") }, lasting: true, known: true },
  { input: { prompt: "Write 20000 words at 100 tokens/s." }, lasting: true, known: false },
  { input: { prompt: "Write 3 words at 2000 tokens/s." }, lasting: false, known: false },
];
const inputData: readonly unknown[] = [1, "text\r\n\u2028\0", { data: "x", type: "data-run-end" }, Uint8Array.of(0, 255, 10), null, []];

type Way = Over | "http" | "frame";
type Cursor = "start" | "middle" | "tail" | "foreign" | "beyond" | "malformed";

/** What a command does, and what it demands of the answer. Each number picks one of what there is. */
export interface Actions {
  start: { over: Way; body: number; key: number | null };
  startTwice: { body: number };
  read: { view: number; events: number };
  drop: { view: number };
  resume: { over: Way; run: number; from: Cursor };
  unknownRun: { over: Way };
  send: { over: Way; run: number; keys: (number | null)[]; data: number };
  cancel: { over: Way; run: number };
  list: { limit: number; before: number | null };
  letRetentionPass: { runs: number };
  restart: { during: "nothing" | "start" | "send" | "cancel" | "resume"; over: Over; run: number };
  askWithWrongToken: { what: number };
  wait: { ms: number };
}
export type ActionName = keyof Actions;

type Performed = { readonly [Name in ActionName]: (model: AgentModel, agent: AgentUnderTest, given: Actions[Name]) => Promise<void> };

export const actions: Performed = {
  async start(model, agent, { over, body, key }) {
    const { input } = bodies[body % bodies.length]!;
    const name = key === null ? undefined : `key-${key}`;
    const known = name === undefined ? undefined : model.keys.get(name);
    const answer = await startOver(agent, over, input, name);
    if ("run" in answer) {
      if (known !== undefined) {
        demand(answer.run === known.id, `the key ${name} began ${known.id} and ${answer.run}`);
        demand(known.body === body % bodies.length, `the key ${name} was taken with another input`);
        demand(!known.gone, `a start joined the run ${known.id}, which is gone`);
      }
      demand(answer.joined === undefined || answer.joined === (known !== undefined), `a start says joined: ${String(answer.joined)}`);
      const run = known ?? model.begun(answer.run, body % bodies.length, bodies[body % bodies.length]!.lasting, name);
      if (answer.follow !== undefined) agent.view(run, answer.follow, 0);
      return;
    }
    demand(known !== undefined, `a start was refused with ${answer.code}`);
    if (answer.code === "run_gone") model.isGone(known);
    else demand(answer.code === "key_reused" && known.body !== body % bodies.length, `a start that joins was refused with ${answer.code}`);
  },

  async startTwice(model, agent, { body }) {
    const { input, lasting } = bodies[body % bodies.length]!;
    const key = model.freshKey();
    const answers = await Promise.all((["sse", "ws"] as const).map((over) => startOver(agent, over, input, key)));
    const [first, second] = answers.map((answer) => ("run" in answer ? answer : demand(false, `a start was refused with ${answer.code}`)));
    demand(first!.run === second!.run, `one key began ${first!.run} and ${second!.run}`);
    const run = model.begun(first!.run, body % bodies.length, lasting, key);
    for (const { follow } of [first!, second!]) agent.view(run, follow!, 0);
  },

  async read(model, agent, { view, events }) {
    const chosen = agent.views[view % agent.views.length]!;
    for (let count = 0; count < events; count++) if (!(await agent.take(chosen, model))) return;
  },

  async drop(_model, agent, { view }) {
    agent.drop(agent.views[view % agent.views.length]!);
    return Promise.resolve();
  },

  async resume(model, agent, { over, run: index, from }) {
    const run = model.pick(index);
    const { cursor, reason } = await cursorFor(model, agent, run, from);
    if (over === "sse" || over === "ws") {
      const view = agent.view(run, agent.client(over).resume(run.id, { after: cursor }), reason === undefined ? seqOf(cursor) : 0);
      if (reason === undefined) return;
      const { error } = (await settled(view.events.next(), `a refusal of ${cursor}`)) as { error?: { code: string; reason?: string } };
      view.ended = true;
      refused(model, run, error?.code ?? "no error", error?.reason, reason);
      return;
    }
    // Without gap or overlap, PROTOCOL.md §3.2.
    const isDue = (first: unknown): void =>
      demand(first === `${run.epoch}.${seqOf(cursor) + 1}`, `${String(first)} comes behind ${cursor}`);
    if (over === "frame") {
      const answer = await agent.frame(
        { type: "resume", run: run.id, ...(cursor !== undefined && { after: cursor }) },
        async (answer, next) => {
          if (isErrorBody(answer["error"])) return;
          const info = answer["run"] as RunInfo;
          run.epoch ??= info.epoch;
          if (info.state === "running" || info.lastEventId !== (cursor ?? null)) isDue((await next("events"))["id"]);
        },
      );
      const error = answer["error"];
      if (isErrorBody(error)) return refused(model, run, error.code, error.reason, reason);
      demand(reason === undefined, `the cursor ${cursor} of ${run.id} was taken`);
      return checkInfo(model, run, answer["run"] as RunInfo);
    }
    if (reason === undefined) {
      const first = await within(agent.firstBehind(run.id, cursor), `an event behind ${cursor}`);
      if (first === "gone") return model.isGone(run);
      run.epoch ??= first?.split(".")[0];
      if (first !== undefined) isDue(first);
      return look(model, agent, run);
    }
    const answer = await agent.http("GET", `/runs/${run.id}/events?after=${encodeURIComponent(cursor!)}`);
    const error = errorOf(answer);
    refused(model, run, error.code, error.reason, reason);
  },

  async unknownRun(_model, agent, { over }) {
    const answer =
      over === "http" || over === "frame"
        ? over === "http"
          ? errorOf(await agent.http("DELETE", "/runs/none")).code
          : codeOf((await agent.frame({ type: "resume", run: "none" }))["error"])
        : await refusalOf(agent.client(over).resume("none"));
    demand(answer === "run_not_found", `a run that never was is answered with ${answer}`);
  },

  async send(model, agent, { over, run: index, keys, data: first }) {
    const run = model.pick(index);
    const inputs = keys.map((key, at) => ({
      key: key === null ? model.freshKey() : `input-${key}`,
      data: inputData[(first + at) % inputData.length],
    }));
    const wasLasting = run.lasting;
    let refusedBefore = false;
    const answers = await sendOver(agent, over, run, inputs);
    let last = 0;
    for (const [at, { key, data }] of inputs.entries()) {
      const before = run.inputs.get(key)?.id;
      const answer = answers[at]!;
      if ("id" in answer) {
        demand(!run.gone, `an input was accepted by ${run.id}, which is gone`);
        model.accepted(run, key, data, answer.id);
        // In the order of the calls, PROTOCOL.md §7.5.
        if (before === undefined) demand(seqOf(answer.id) >= last, `the input ${key} overtook one before it`);
        if (before === undefined) last = seqOf(answer.id);
        continue;
      }
      if (answer.code === "run_gone") model.isGone(run);
      else demand(answer.code === "run_ended" && !wasLasting, `an input to ${run.id} was refused with ${answer.code}`);
      // What is behind a refused one of a list is not looked at (§3.4).
      demand(before === undefined || run.gone || refusedBefore, `the input ${key} was accepted, and is refused with ${answer.code}`);
      refusedBefore = true;
      model.attempted(run, key, data);
    }
  },

  async cancel(model, agent, { over, run: index }) {
    const run = model.pick(index);
    await cancelOver(model, agent, over, run);
    await look(model, agent, run);
  },

  async list(model, agent, { limit, before }) {
    const start = before === null ? undefined : model.pick(before);
    const answer = await agent.http("GET", `/runs?limit=${limit}${start === undefined ? "" : `&before=${start.id}`}`);
    if (start !== undefined && answer.status === 410) return model.isGone(start);
    const { runs, next } = answer.body as { runs: RunInfo[]; next: string | null };
    const from = start === undefined ? model.runs.length : model.runs.indexOf(start);
    demand(start?.gone !== true, `a list begins behind a run that is gone`);
    const places = runs.map(({ id }) => model.runs.findIndex((run) => run.id === id));
    demand(!places.includes(-1), `a list has a run that nobody began`);
    demand(
      places.every((place, at) => place < (places[at - 1] ?? from)),
      `a list has the runs ${places.join()} behind ${from}`,
    );
    demand(runs.length <= limit && (next === null || next === runs.at(-1)?.id), `a page of ${limit} has ${runs.length} runs`);
    const lowest = next === null ? 0 : (places.at(-1) ?? 0);
    for (let place = lowest; place < from; place++) {
      const run = model.runs[place]!;
      demand(places.includes(place) || model.mayBeGone(run), `a list leaves out ${run.id}`);
      demand(!places.includes(place) || !run.gone, `a list has ${run.id}, which is gone`);
      if (!places.includes(place)) run.gone = true;
    }
    for (const info of runs) checkInfo(model, model.byId(info.id)!, info);
  },

  async letRetentionPass(model, agent, { runs }) {
    const ended = model.runs.filter(({ state }) => state !== undefined);
    for (let count = 0; count < KEPT + runs; count++) {
      const answer = await startOver(agent, "http", bodies[1]!.input, undefined);
      demand("run" in answer, `a start was refused`);
      const run = model.begun(answer.run, 1, true);
      await cancelOver(model, agent, "http", run);
    }
    for (const run of ended) {
      demand((await agent.info(run.id)) === "gone", `the run ${run.id} is kept, where ${KEPT} have ended since`);
      run.gone = true;
    }
  },

  async restart(model, agent, { during, over, run: index }) {
    model.restarts += 1;
    const run = model.runs.length === 0 ? undefined : model.pick(index);
    const key = model.freshKey();
    let work: Promise<void> = Promise.resolve();
    if (during === "start") {
      work = startAndView(model, agent, over, index % 2, key);
    } else if (run !== undefined && during === "send") {
      work = actions.send(model, agent, { over, run: index, keys: [null, index % 3, null], data: index });
    } else if (run !== undefined && during === "cancel") work = cancelOver(model, agent, over, run);
    else if (run !== undefined && during === "resume") {
      // What has been seen of it is known: only the clients ask an agent that dies.
      work = actions.resume(model, agent, { over, run: index, from: run.epoch === undefined ? "start" : "middle" });
    }
    const outcome = settled(work, `what was under way when the agent died: ${during}`);
    // Some are on their way, and some are answered.
    await pause(index % 4);
    await agent.worker.kill();
    await agent.worker.revive();
    const { error } = (await outcome) as { error?: Error };
    if (error !== undefined) throw error;
  },

  async askWithWrongToken(model, agent, { what }) {
    const run = model.runs.length === 0 ? "none" : model.pick(what).id;
    const headers = { Authorization: "Bearer a-token-of-nobody" };
    const asked: readonly (() => Promise<unknown>)[] = [
      async () => errorOf(await agent.http("POST", "/runs", { prompt: "Mine." }, headers)).code,
      async () => errorOf(await agent.http("GET", `/runs/${run}/events`, undefined, headers)).code,
      async () => errorOf(await agent.http("POST", `/runs/${run}/inputs`, { data: "mine" }, headers)).code,
      async () => errorOf(await agent.http("DELETE", `/runs/${run}`, undefined, headers)).code,
      async () => errorOf(await agent.http("GET", "/runs", undefined, headers)).code,
      async () => ((await agent.refusedSocket()) === 4401 ? "unauthorized" : "another code"),
      () => refusalOf(agent.stranger("sse").start({ prompt: "Mine." })),
      async () => ((await refusalOf(agent.stranger("ws").resume(run))) === "connection_refused" ? "unauthorized" : "another code"),
    ];
    const code = await asked[what % asked.length]!();
    demand(code === "unauthorized", `credentials that do not hold are answered with ${String(code)}`);
  },

  wait: (_model, _agent, { ms }) => pause(ms),
};

async function startAndView(model: AgentModel, agent: AgentUnderTest, over: Over, body: number, key: string): Promise<void> {
  const { input, lasting } = bodies[body]!;
  const answer = await startOver(agent, over, input, key);
  demand("run" in answer && answer.follow !== undefined, "a start whose agent died was refused");
  agent.view(model.begun(answer.run, body, lasting, key), answer.follow, 0);
}

type Started = { readonly run: string; readonly joined?: boolean; readonly follow?: Run } | { readonly code: string };

async function startOver(agent: AgentUnderTest, over: Way, input: RunInput, key: string | undefined): Promise<Started> {
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

async function sendOver(agent: AgentUnderTest, over: Way, run: RunModel, inputs: readonly Input[]): Promise<Sent[]> {
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
async function cancelOver(model: AgentModel, agent: AgentUnderTest, over: Way, run: RunModel): Promise<void> {
  const { lasting } = run;
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
  if (lasting) model.ended(run, "cancelled");
}

/** The run's resource says what is known of it. */
async function look(model: AgentModel, agent: AgentUnderTest, run: RunModel): Promise<void> {
  const info = await agent.info(run.id);
  if (info === "gone") model.isGone(run);
  else checkInfo(model, run, info);
}

function checkInfo(model: AgentModel, run: RunModel, info: RunInfo): void {
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

async function cursorFor(
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

function refused(model: AgentModel, run: RunModel, code: string, said: string | undefined, expected: string | undefined): void {
  if (code === "run_gone") return model.isGone(run);
  demand(code === "cannot_resume" && said === expected, `a cursor (${expected}) was answered with ${code}, ${said}`);
}

async function refusalOf(run: Run): Promise<string> {
  const outcome = await settled(run[Symbol.asyncIterator]().next(), "a refusal");
  run.close();
  return "error" in outcome ? codeOf(outcome.error) : `an event, ${shown(outcome.value.value)}`;
}

/** Ends all that goes on, and reads it whole: by a view of each kind, and by what knows nothing of our clients. */
export async function finish(model: AgentModel, agent: AgentUnderTest): Promise<void> {
  for (const run of model.runs) if (run.lasting) await cancelOver(model, agent, "http", run);
  for (const run of model.runs) {
    const log = run.gone ? "gone" : await within(agent.log(run.id), `the log of ${run.id}`);
    if (log === "gone") {
      model.isGone(run);
      continue;
    }
    model.whole(
      run,
      log.map(({ id, data }) => model.observe(run, id, data)),
    );
    const text = log.map(({ data }) => (data.type === "text-delta" && "delta" in data ? data.delta : "")).join("");
    if (bodies[run.body]!.known) checkText(agent, run, text);
    await look(model, agent, run);
    if (!mayHaveEnded(run) || run.gone) continue;
    const over = model.runs.indexOf(run) % 2 === 0 ? "ws" : "sse";
    const whole: View = { model: run, run: agent.client(over).resume(run.id), events: undefined!, next: 1, ended: false };
    const view = { ...whole, events: whole.run[Symbol.asyncIterator]() };
    while (await agent.take(view, model));
  }
  for (const view of agent.views) while (await agent.take(view, model));
  await actions.list(model, agent, { limit: 100, before: null });
}

/** The same words for the same body, whole and once, however often its agent died. */
function checkText({ worker: { texts } }: AgentUnderTest, run: RunModel, text: string): void {
  const known = texts.get(run.body) ?? "";
  const [short, long] = known.length < text.length ? [known, text] : [text, known];
  demand(long.startsWith(short), `the text of ${run.id} is ${JSON.stringify(text)}, and was ${JSON.stringify(known)}`);
  texts.set(run.body, long);
  if (run.state === "finished") demand(text === long, `the text of ${run.id} is ${JSON.stringify(text)}, and finished`);
}
