/** Whatever may be left behind has to be seen by who counts it. */
import { once } from "node:events";
import { connect } from "node:net";
import type { WorkerHost } from "@agent-transports/lab/worker-host";
import { createSseClient } from "@agent-transports/sse-client";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { ReplySpec } from "../src/plan/reply.ts";
import { startWatched } from "../src/run/host.ts";
import { ModelProvider } from "../src/run/model.ts";
import { askedAlone } from "../src/run/play.ts";
import { pause, until } from "../src/run/wait.ts";
import { countsLeft } from "../src/soak/left-behind.ts";
import { Sampler } from "../src/soak/sampler.ts";

const AGENT = "planted_20";
const REPLY: ReplySpec = {
  seed: 1,
  deltas: 5,
  everyMs: 0,
  kind: "text",
  replays: true,
  breaks: [],
  failsAt: null,
  hears: false,
  model: null,
};

let provider: ModelProvider;
let host: WorkerHost;
let sampler: Sampler;
beforeAll(async () => {
  provider = await ModelProvider.start();
  // A run is counted before it goes, on a machine that is busy.
  host = await startWatched(provider, { KEPT_MS: "5000" });
  sampler = await Sampler.open(host, [AGENT]);
});
afterAll(async () => {
  await sampler.close();
  await host.dispose();
  await provider.close();
});

it("a timer, listeners, a socket and a run's rows are counted while they are there, and no longer", async () => {
  // The first one wakes the agent, which opens its storage, and closes its own connections a moment later.
  let before = await sampler.take("warm-up", 0);
  const start = await until(
    async () => {
      await pause(1_000);
      return sampler.take("start", 0);
    },
    (sample) => {
      const isStable = countsLeft(before.counts, sample.counts).length === 0;
      before = sample;
      return isStable;
    },
    20_000,
  );
  const timer = setTimeout(() => undefined, 600_000);
  const listener = (): void => undefined;
  sampler.signal.addEventListener("abort", listener);
  addEventListener("online", listener);
  const socket = connect(Number(host.url.port), host.url.hostname);
  await once(socket, "connect");
  const client = createSseClient({ url: host.url, agent: "chaos-agent", name: AGENT });
  let last = "";
  for await (const { data } of client.start({ messages: [askedAlone("m", JSON.stringify(REPLY))] })) last = data.type;
  client.close();
  expect(last).toBe("data-run-end");

  const planted = await sampler.take("flow", 1);
  const left = countsLeft(start.counts, planted.counts).map(({ kind, of }) => `${kind} of ${of}`);
  expect(left).toEqual(
    expect.arrayContaining([
      "resources of Timeout",
      "resources of TCPSocketWrap",
      "listeners of signal",
      "listeners of page",
      "sockets of workerd",
      "sockets of readers",
      "descriptors of workerd",
      "descriptors of readers",
      "rows of transport_runs",
      "rows of transport_events",
      "alarms of agents",
    ]),
  );
  expect(Object.values(planted.bytes).every((bytes) => bytes > 1_000_000)).toBe(true);

  clearTimeout(timer);
  sampler.signal.removeEventListener("abort", listener);
  removeEventListener("online", listener);
  socket.destroy();
  const rested = await until(
    () => sampler.take("rest", 1),
    ({ counts }) => countsLeft(start.counts, counts).length === 0,
    45_000,
  );
  expect(countsLeft(start.counts, rested.counts)).toEqual([]);
});
