/**
 * What bytes cost over each transport: `node ci/measure-binary.ts`, after `pnpm build`.
 *
 * A run's inputs are the bytes: up, they are sent one after another; down, the run is read again from its log. All arms in one process and on one
 * Worker, in ABCCBA order, behind a proxy that counts. CPU in ms for a megabyte of payload: of workerd from /proc, in ticks of 10 ms, and of this
 * process, in which are the client and the proxy.
 */
import type { TransportClient } from "@agent-transports/client-core";
import { createClient } from "@agent-transports/lab/clients";
import { cpuMs } from "@agent-transports/lab/machine";
import { startProxy, type FaultProxy } from "@agent-transports/lab/proxy";
import { startWorker } from "@agent-transports/lab/worker-host";
import { createWsClient } from "@agent-transports/ws-client";
import { WebSocket as WebSocketOfWs } from "ws";
import { quantile } from "../src/stats/index.ts";

const ROUNDS = 4;
const SIZES = [
  { name: "1 KB", bytes: 1_000, count: 500 },
  { name: "64 KB", bytes: 64_000, count: 150 },
  { name: "1 MB", bytes: 1_000_000, count: 20 },
] as const;
/** A WebSocket offers permessage-deflate by itself, and workerd takes it; `plain` does not offer it. */
const ARMS = ["sse", "ws", "plain"] as const;

type Arm = (typeof ARMS)[number];
const metrics = ["upWire", "upServer", "upClient", "downWire", "downServer", "downClient"] as const;
type Sample = Readonly<Record<(typeof metrics)[number], number>>;

const worker = await startWorker({ vars: { SCRIPTED_TOKENS_PER_SECOND: "0.01", LIMITS: '{"inputsPerSecond":1000000}' } });
const proxies = { sse: await startProxy(worker.url), ws: await startProxy(worker.url), plain: await startProxy(worker.url) };
/** Longer than deflate looks back, so that nothing of it is found again. */
const noise = new Uint8Array(8_000_000);
for (let at = 0; at < noise.length; at += 65_536) crypto.getRandomValues(noise.subarray(at, at + 65_536));

/** With which Node can leave compression out: `ws`, whose class has a browser's interface. */
const PlainWebSocket = new Proxy(WebSocket, {
  construct: (_target, [url]: [string]) => new WebSocketOfWs(url, { perMessageDeflate: false }),
});

function open(arm: Arm): TransportClient {
  const options = { url: proxies[arm].url, name: `bytes-${(runs += 1)}` };
  return arm === "plain" ? createWsClient({ ...options, WebSocket: PlainWebSocket }) : createClient(arm, options);
}
let runs = 0;

function bytesOf({ connections }: FaultProxy): { readonly up: number; readonly down: number } {
  return {
    up: connections.reduce((sum, { bytesUp }) => sum + bytesUp, 0),
    down: connections.reduce((sum, { bytesDown }) => sum + bytesDown, 0),
  };
}

async function measured(
  arm: Arm,
  work: () => Promise<void>,
): Promise<{ readonly up: number; readonly down: number; readonly server: number; readonly client: number }> {
  const [bytes, server, client] = [bytesOf(proxies[arm]), await cpuMs(worker.pids), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(client);
  const after = bytesOf(proxies[arm]);
  return {
    up: after.up - bytes.up,
    down: after.down - bytes.down,
    server: (await cpuMs(worker.pids)) - server,
    client: (user + system) / 1_000,
  };
}

async function measure(arm: Arm, { bytes, count }: (typeof SIZES)[number]): Promise<Sample> {
  using client = open(arm);
  const run = client.start({ prompt: "Hello" });
  const id = await run.started;
  run.close();
  const up = await measured(arm, async () => {
    for (let n = 0; n < count; n++) {
      const from = (n * bytes) % (noise.length - bytes);
      await run.send(noise.subarray(from, from + bytes));
    }
  });
  await run.cancel();
  let received = 0;
  const down = await measured(arm, async () => {
    for await (const { data: chunk } of client.resume(id)) {
      if (chunk.type === "data-input" && "data" in chunk && chunk.data instanceof Uint8Array) received += chunk.data.length;
    }
  });
  if (received !== bytes * count) throw new Error(`${received} of ${bytes * count} bytes came.`);
  const megabytes = received / 1e6;
  return {
    upWire: up.up / received,
    upServer: up.server / megabytes,
    upClient: up.client / megabytes,
    downWire: down.down / received,
    downServer: down.server / megabytes,
    downClient: down.client / megabytes,
  };
}

try {
  for (const size of SIZES) {
    const samples: Record<Arm, Sample[]> = { sse: [], ws: [], plain: [] };
    for (const arm of ARMS) await measure(arm, size); // To warm up.
    for (let round = 0; round < ROUNDS; round++) {
      for (const arm of round % 2 === 0 ? ARMS : ARMS.toReversed()) samples[arm].push(await measure(arm, size));
    }
    const median = (arm: Arm, metric: (typeof metrics)[number]): number =>
      quantile(
        samples[arm].map((sample) => sample[metric]),
        0.5,
      );
    console.log(`\n${size.name}, ${size.count} of them, ${ROUNDS} rounds: medians, and their ratios to sse`);
    for (const metric of metrics) {
      const arms = ARMS.map((arm) => {
        const value = median(arm, metric);
        return `${arm} ${value.toFixed(3).padStart(9)} (${(value / median("sse", metric)).toFixed(2)})`;
      });
      console.log(`  ${metric.padEnd(11)} ${arms.join("   ")}`);
    }
  }
} finally {
  await Promise.all([...Object.values(proxies).map((proxy) => proxy.close()), worker.dispose()]);
}
