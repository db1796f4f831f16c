import { demand, isAskedAnew, type AgentModel, type RunModel } from "./agent-model.ts";
import { within, type AgentUnderTest, type View } from "./agent-under-test.ts";
import { actions } from "./actions.ts";
import { bodies, cancelOver, goesOn, look, someCursor } from "./asking.ts";

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
    if (bodies[run.body]!.known && !isAskedAnew(run)) checkText(agent, run, text);
    await look(model, agent, run);
    await goesOn(model, agent, run, someCursor(run));
    if (run.gone) continue;
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
