/**
 * What PROTOCOL.md promises, against the real Worker: sequences of commands at random, over both clients and without them. `MODEL_SEQUENCES=1000` tries as many.
 * A failure prints its seed and the shortest sequence that fails; `MODEL_SEED` tries the same ones again.
 */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { finish } from "./finish.ts";
import { AgentModel } from "./agent-model.ts";
import { AgentUnderTest, KEPT, KillableWorker } from "./agent-under-test.ts";
import { done, sequenceOf, sequences, type Step } from "./commands.ts";

const SEQUENCES = Number(process.env["MODEL_SEQUENCES"] ?? 100);
const SEED = Number(process.env["MODEL_SEED"] ?? Date.now() % 2 ** 31);
const LIMIT_MS = 60_000 + SEQUENCES * 10_000;

/** Sequences that have failed, as short as they could be made. */
const once = {
  "a start whose key another run has, while that one is followed": sequenceOf(
    ["start", { over: "ws", body: 0, key: 1 }],
    ["start", { over: "ws", body: 1, key: 1 }],
    ["read", { view: 0, events: 1 }],
  ),
  "a cursor beyond the end, while another reader of the client is given the end": sequenceOf(
    ["start", { over: "sse", body: 0, key: null }],
    ["resume", { over: "ws", run: 0, from: "start" }],
    ["resume", { over: "ws", run: 0, from: "beyond" }],
  ),
  "an input that comes between a death and the first word of the life behind it": sequenceOf(
    ["start", { over: "sse", body: 0, key: null }],
    ["restart", { during: "send", over: "sse", run: 0 }],
    ["send", { over: "sse", run: 0, keys: [0], data: 9 }],
  ),
  "an input that reaches a lasting answer before its first word, as its agent dies": sequenceOf(
    ["startTwice", { body: 1 }],
    ["restart", { during: "send", over: "sse", run: 5 }],
    ["wait", { ms: 2_000 }],
    ["list", { limit: 2, before: null }],
  ),
};

describe.each([
  ["event", SEED],
  ["window:20", SEED + 1],
])("an agent whose log has the level %s", (durability, seed) => {
  let worker: KillableWorker;
  beforeAll(async () => {
    worker = await KillableWorker.start(durability);
  }, 60_000);
  afterAll(() => worker?.close());

  async function holds(steps: Iterable<Step<never>>): Promise<void> {
    const model = new AgentModel(KEPT);
    const agent = new AgentUnderTest(worker);
    try {
      await fc.asyncModelRun(() => ({ model, real: agent }), steps);
      await finish(model, agent);
    } finally {
      await agent.close(model);
    }
  }

  it.each(Object.entries(once))("keeps each promise in what has failed once: %s", async (_what, steps) => {
    await expect(holds(steps as Step<never>[])).resolves.toBeUndefined();
    done.clear();
  });

  it("keeps each promise in each sequence of commands", { timeout: LIMIT_MS + 60_000 }, async () => {
    const numRuns = Math.ceil(SEQUENCES / 2);
    await fc.assert(
      fc.asyncProperty(sequences(50), (steps) => holds(steps as Iterable<Step<never>>)),
      { numRuns, seed, interruptAfterTimeLimit: LIMIT_MS, markInterruptAsFailure: true },
    );
    console.log(`${durability}: ${numRuns} sequences, seed ${seed}: ${[...done].map(([name, count]) => `${count} ${name}`).join(", ")}`);
    done.clear();
    expect(worker.texts.size).toBeGreaterThan(0);
  });
});
