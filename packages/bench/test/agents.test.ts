import { fileURLToPath } from "node:url";
import { startWorker, type WorkerHost } from "@agent-transports/agent-worker/host";
import { parseEventId } from "@agent-transports/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { agentArms } from "../src/agents/arms.ts";
import { replyMarker, startProvider, type ScriptedProvider } from "../src/provider/provider.ts";
import { tokenText } from "../src/provider/tokens.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const COUNT = 300;
const inOrder = Array.from({ length: COUNT }, (_, index) => index);

let provider: ScriptedProvider;
let host: WorkerHost;
beforeAll(async () => {
  provider = await startProvider();
  host = await startWorker({
    worker: { config: `${root}peers/wrangler.jsonc`, script: `${root}dist/peers/worker.js` },
    vars: { PROVIDER_URL: provider.baseUrl },
  });
});
afterAll(async () => {
  await host.dispose();
  await provider.close();
});

describe("the agents that are compared", () => {
  it.each(agentArms)("$label: every token comes once and in order, and where it is kept it comes again", async (arm) => {
    provider.addReply(arm.id, { tokens: inOrder.map((index) => tokenText(index, Math.random)), dueMs: inOrder.map((index) => index / 10) });
    const seen: number[] = [];
    const handle = await arm.ask(host.url, `agent-${arm.id}`, replyMarker(arm.id), (index) => seen.push(index));
    expect(seen).toEqual(inOrder);
    const again: number[] = [];
    await arm.replay?.(host.url, `agent-${arm.id}`, handle, (index) => again.push(index));
    expect(again).toEqual(arm.replay === undefined ? [] : inOrder);
  });

  it.each(agentArms.filter((arm) => "replay" in arm))("$label: a filled log is followed to its last token", async (arm) => {
    const agent = `filled-${arm.id}`;
    const handle = await arm.ask(host.url, agent, `fill ${COUNT}`, () => undefined);
    const again: number[] = [];
    await arm.replay?.(host.url, agent, handle, (index) => again.push(index));
    expect(again).toEqual(inOrder);
  });

  it("fills our log with one event for each token: none are joined, so that replays compare like with like", async () => {
    const run = await agentArms.find(({ id }) => id === "ours-sse")!.ask(host.url, "counted", `fill ${COUNT}`, () => undefined);
    const response = await fetch(new URL(`/agents/our-agent/counted/runs/${run}`, host.url));
    const { lastEventId } = (await response.json()) as { lastEventId: string };
    // Beside the deltas: start, text-start, text-end, finish, and the run's end.
    expect(parseEventId(lastEventId)?.seq).toBe(COUNT + 5);
  });
});
