/** An answer goes on where its Worker was killed, over both transports, from a model of OpenAI's wire format. */
import { setTimeout as pause } from "node:timers/promises";
import type { Run } from "@agent-transports/client-core";
import { lastWords } from "@agent-transports/lab/provider";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runsOf } from "../chat/answers.ts";
import { startMortal, type Mortal } from "./mortal.ts";

async function textOf(run: Run): Promise<string> {
  let text = "";
  for await (const { data } of run) if (data.type === "text-delta") text += data.delta;
  return text;
}

describe.each(["replayed", "continued"] as const)("an answer that is %s", { timeout: 120_000 }, (way) => {
  let mortal: Mortal;
  beforeAll(async () => {
    mortal = await startMortal(way);
  }, 60_000);
  afterAll(() => mortal?.close());

  it("is whole for readers over both transports, once, wherever its Worker was killed", async () => {
    for (const [round, after] of [0, 1, 3, 17, 40].entries()) {
      const { prompt, text } = mortal.script(`${way}-${round}`, 120, 20);
      const [sse, ws] = [mortal.client("sse", `agent-${round}`), mortal.client("ws", `agent-${round}`)];
      const run = sse.start({ prompt });
      const ways: unknown[] = [];
      let killed: Promise<void> | undefined;
      const read = async (follows: Run): Promise<string> => {
        let seen = "";
        for await (const { data } of follows) {
          if (data.type === "data-resumed") ways.push(data.data);
          if (data.type === "text-delta") seen += data.delta;
          if (seen.split(" ").length > after) killed ??= mortal.kill().then(() => mortal.revive());
        }
        return seen;
      };
      const reading = read(run);
      const id = await run.started;
      if (after === 0) killed ??= mortal.kill().then(() => mortal.revive());
      expect(await Promise.all([reading, read(ws.resume(id))])).toEqual([text, text]);
      await killed;
      expect((await runsOf(mortal.url, `agent-${round}`)).map(({ state }) => state)).toEqual(["finished"]);
      // Before its first word, it may have been begun again.
      const told = after > 1 ? [0, 1].map(() => ({ way, attempt: 1 })) : ways;
      expect(ways).toMatchObject(told);
      // What was paid: what is replayed, once.
      const generated = mortal.provider.allSent(`${way}-${round}`).map((sent) => sent.generated);
      expect(way === "replayed" && after > 1 ? generated : [120]).toEqual([120]);
      sse.close();
      ws.close();
    }
  });

  it("goes on by itself within seconds, where nobody asks for it", async () => {
    const id = `${way}-alone`;
    const { prompt, text } = mortal.script(id, 800, 20);
    const client = mortal.client("sse", "alone");
    const run = client.start({ prompt });
    for await (const { data } of run) if (data.type === "text-delta") break;
    const runId = await run.started;
    client.close();
    await mortal.kill();
    const asked = mortal.provider.requests;
    await mortal.revive();
    const revivedAt = performance.now();
    while (mortal.provider.requests === asked && performance.now() - revivedAt < 40_000) await pause(20);
    // The alarm was at most 4.9 s away; the rest is a busy machine's.
    expect(performance.now() - revivedAt).toBeLessThan(20_000);
    // And again, soon after it was awake: the SDK has set its own alarm meanwhile.
    await pause(1_500);
    await mortal.kill();
    const before = mortal.provider.requests;
    await mortal.revive();
    const againAt = performance.now();
    while (mortal.provider.requests === before && performance.now() - againAt < 40_000) await pause(20);
    expect(performance.now() - againAt).toBeLessThan(20_000);
    const back = mortal.client("ws", "alone");
    expect(await textOf(back.resume(runId))).toBe(text);
    back.close();
  });

  it("is cancelled by who cancels while the Worker is dead", async () => {
    const id = `${way}-cancelled`;
    const { prompt } = mortal.script(id, 500, 20);
    const client = mortal.client("sse", "cancelled");
    const run = client.start({ prompt });
    for await (const { data } of run) if (data.type === "text-delta") break;
    const runId = await run.started;
    await mortal.kill();
    const cancelling = client.resume(runId).cancel();
    await pause(500);
    await mortal.revive();
    await cancelling;
    expect((await runsOf(mortal.url, "cancelled")).map(({ state }) => state)).toEqual(["cancelled"]);
    // What a provider makes on its own, it makes no longer.
    const outcomes = { replayed: "cancelled", continued: "disconnected" };
    await expect.poll(() => mortal.provider.allSent(id)[0]?.outcome).toBe(outcomes[way]);
    client.close();
  });

  it("ends whole through a window of deploys, a kill every two seconds", async () => {
    const { prompt, text } = mortal.script(`${way}-deploys`, 200, 50);
    const client = mortal.client("ws", "deploys");
    const run = client.start({ prompt });
    const reading = textOf(run);
    await run.started;
    // The answer takes ten seconds, and longer by what it is interrupted.
    for (let kill = 0; kill < 4; kill++) {
      await pause(2_000);
      await mortal.kill();
      await mortal.revive();
    }
    expect(await reading).toBe(text);
    client.close();
  });
});

it("an answer whose recovery is off ends as interrupted", { timeout: 60_000 }, async () => {
  const mortal = await startMortal("continued", { RECOVERY: "off" });
  try {
    const { prompt } = mortal.script("off", 100, 20);
    const client = mortal.client("sse", "off");
    const run = client.start({ prompt });
    let end: unknown;
    let killed: Promise<void> | undefined;
    for await (const { data } of run) {
      if (data.type === "text-delta") killed ??= mortal.kill().then(() => mortal.revive());
      if (data.type === "data-run-end") end = data.data;
    }
    expect(end).toMatchObject({ state: "interrupted", error: { code: "interrupted" } });
    await killed;
    client.close();
  } finally {
    await mortal.close();
  }
});

it("the words that a model is asked to repeat are found in a request", () => {
  expect(lastWords({ messages: [{ content: "Hello" }] })).toBeUndefined();
});
