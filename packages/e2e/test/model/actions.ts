import { setTimeout as pause } from "node:timers/promises";
import { isErrorBody, type RunInfo } from "@agent-transports/protocol";
import { demand, isSurelySame, type AgentModel } from "./agent-model.ts";
import { codeOf, errorOf, KEPT, seqOf, settled, type AgentUnderTest, type Over } from "./agent-under-test.ts";
import {
  bodies,
  cancelOver,
  checkInfo,
  cursorFor,
  goesOn,
  isDue,
  look,
  refusalOf,
  refused,
  sendOver,
  someCursor,
  startAndView,
  startOver,
  type Cursor,
  type Way,
} from "./asking.ts";

const inputData: readonly unknown[] = [1, "text\r\n\u2028\0", { data: "x", type: "data-run-end" }, Uint8Array.of(0, 255, 10), null, []];

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
    if (over === "frame") {
      const answer = await agent.frame(
        { type: "resume", run: run.id, ...(cursor !== undefined && { after: cursor }) },
        async (answer, next) => {
          if (isErrorBody(answer["error"])) return;
          const info = answer["run"] as RunInfo;
          run.epoch ??= info.epoch;
          if (info.state === "running" || info.lastEventId !== (cursor ?? null)) isDue(run, cursor, (await next("events"))["id"]);
        },
      );
      const error = answer["error"];
      if (isErrorBody(error)) return refused(model, run, error.code, error.reason, reason);
      demand(reason === undefined, `the cursor ${cursor} of ${run.id} was taken`);
      return checkInfo(model, run, answer["run"] as RunInfo);
    }
    if (reason === undefined) {
      await goesOn(model, agent, run, cursor);
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
    const wasLasting = run.lasting && !run.died;
    let refusedBefore = false;
    const answers = await sendOver(agent, over, run, inputs);
    let last = 0;
    for (const [at, { key, data }] of inputs.entries()) {
      const known = run.inputs.get(key);
      const before = known?.id;
      const answer = answers[at]!;
      if ("id" in answer) {
        demand(!run.gone, `an input was accepted by ${run.id}, which is gone`);
        model.accepted(run, key, data, answer.id);
        // In the order of the calls, PROTOCOL.md §7.5.
        if (before === undefined) demand(seqOf(answer.id) >= last, `the input ${key} overtook one before it`);
        if (before === undefined) last = seqOf(answer.id);
        continue;
      }
      // What is behind a refused one of a list is not looked at (§3.4), and stands here with its code.
      const isReused = answer.code === "key_reused" && (refusedBefore || (known !== undefined && !isSurelySame(known, data)));
      if (answer.code === "run_gone") model.isGone(run);
      else demand(isReused || (answer.code === "run_ended" && !wasLasting), `an input to ${run.id} was refused with ${answer.code}`);
      demand(
        before === undefined || run.gone || isReused || refusedBefore,
        `the input ${key} was accepted, and is refused with ${answer.code}`,
      );
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
    for (const alive of model.runs) if (alive.state === undefined) alive.died = true;
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
    for (const one of model.runs) if (!one.gone && one.log.size > 0) await goesOn(model, agent, one, someCursor(one));
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
