import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { WorkerHost } from "@agent-transports/worker-host";
import type { RunInfo } from "@agent-transports/protocol";
import { eventually, info, post, readEvents, startOf } from "./harness.ts";

let host: WorkerHost;
beforeAll(async () => {
  host = await startOf("idle");
});
afterAll(() => host.dispose());

const baseOf = (name: string): string => new URL(`/agents/idle-agent/${name}`, host.url).href;

/** A run whose agent crashed while it was alive. */
async function crashedRun(name: string): Promise<{ readonly base: string; readonly run: string }> {
  const base = baseOf(name);
  const response = await post(`${base}/runs`, { prompt: "wait" });
  const run = response.headers.get("Agent-Run") ?? "";
  await readEvents(response, (events) => events.length > 0);
  await fetch(`${base}/crash`);
  return { base, run };
}

/** The run's state; `undefined` where the agent died before it said. */
async function stateOf(base: string, run: string): Promise<RunInfo | undefined> {
  try {
    const response = await fetch(`${base}/runs/${run}`);
    const body: unknown = await response.json();
    return response.ok ? (body as RunInfo) : undefined;
  } catch {
    return undefined;
  }
}

describe("an agent that dies in the turn in which it has read a log, again and again", () => {
  it("notes each try before that turn, so that a bound ends the run", async () => {
    const { base, run } = await crashedRun("loop-dies-reading");
    const ended = await eventually(
      () => stateOf(base, run),
      (one) => one !== undefined && one.state !== "running",
    );
    expect(ended).toMatchObject({ state: "interrupted", error: { message: expect.stringContaining("died 6 times") } });
    expect(await (await fetch(`${base}/asked`)).json()).toBe(6);
    const events = await readEvents(await fetch(`${base}/runs/${run}/events`));
    expect(events.filter(({ data }) => data.type === "data-run-end")).toHaveLength(1);
  });
});

describe("an agent of whose author's", () => {
  it("durability() throws when it wakes is reached, and its run goes on by the default", async () => {
    const { base, run } = await crashedRun("a-durability-throws");
    expect(await info(base, run)).toMatchObject({ state: "running" });
    expect((await fetch(`${base}/runs/${run}`, { method: "DELETE" })).status).toBe(200);
    expect(await info(base, run)).toMatchObject({ state: "cancelled" });
  });

  it("onStart() throws once answers that request with an error that says nothing of it, and takes its run up at the next", async () => {
    const { base, run } = await crashedRun("a-start-throws");
    const failed = await fetch(`${base}/runs/${run}`);
    expect([failed.status, await failed.text()]).toEqual([500, expect.not.stringContaining("author")]);
    expect(await info(base, run)).toMatchObject({ state: "running" });
    await fetch(`${base}/runs/${run}`, { method: "DELETE" });
    const events = await readEvents(await fetch(`${base}/runs/${run}/events`));
    expect(events.filter(({ data }) => data.type === "data-resumed").length).toBeLessThan(2);
    expect(events.at(-1)?.data).toMatchObject({ type: "data-run-end", data: { state: "cancelled" } });
  });

  it("retention() throws ends its runs, also when they are cancelled and when they died with it", async () => {
    const base = baseOf("a-retention-throws");
    const response = await post(`${base}/runs`, { prompt: "wait" }, { Accept: "application/json" });
    const { id } = (await response.json()) as RunInfo;
    const cancelled = await fetch(`${base}/runs/${id}`, { method: "DELETE" });
    expect([cancelled.status, ((await cancelled.json()) as RunInfo).state]).toEqual([200, "cancelled"]);
    const { base: other, run } = await crashedRun("b-behind-retention-throws");
    expect(
      await eventually(
        () => info(other, run),
        ({ state }) => state !== "running",
      ),
    ).toMatchObject({ state: "interrupted" });
    expect(await stateOf(other, run)).toMatchObject({ state: "interrupted" });
  });
});
