/**
 * What bytes cost over each transport: `node ci/measure-binary.ts`, after `pnpm build`.
 *
 * A run's inputs are the bytes: up, they are sent one after another; down, the run is read again from its log. Both arms in one process and on one
 * Worker, in ABBA order, behind a proxy that counts. CPU in ms for a megabyte of payload: of workerd from /proc, in ticks of 10 ms, and of this
 * process, in which are the client and the proxy.
 */
import { startWorker } from "@agent-transports/agent-worker/host";
import { cpuMs } from "../src/agents/cpu.ts";
import { createClient } from "../src/clients.ts";
import { startProxy, type FaultProxy } from "../src/proxy/proxy.ts";
import { quantile } from "../src/stats/index.ts";

const ROUNDS = 4;
const SIZES = [
  { name: "1 KB", bytes: 1_000, count: 2_000 },
  { name: "64 KB", bytes: 64_000, count: 250 },
  { name: "1 MB", bytes: 1_000_000, count: 32 },
] as const;
const ARMS = ["sse", "ws"] as const;

type Arm = (typeof ARMS)[number];
const metrics = ["upWire", "upServer", "upClient", "downWire", "downServer", "downClient"] as const;
type Sample = Readonly<Record<(typeof metrics)[number], number>>;

const worker = await startWorker({ vars: { SCRIPTED_TOKENS_PER_SECOND: "0.01", LIMITS: '{"inputsPerSecond":1000000}' } });
const proxies = { sse: await startProxy(worker.url), ws: await startProxy(worker.url) };
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
  const payload = crypto.getRandomValues(new Uint8Array(Math.min(bytes, 65_536)));
  const data = Uint8Array.from({ length: bytes }, (_, index) => payload[index % payload.length] ?? 0);
  using client = createClient(arm, { url: proxies[arm].url, name: `bytes-${(runs += 1)}` });
  const run = client.start({ prompt: "Hello" });
  const id = await run.started;
  run.close();
  const up = await measured(arm, async () => {
    for (let n = 0; n < count; n++) await run.send(data);
  });
  await run.cancel();
  let received = 0;
  const down = await measured(arm, async () => {
    for await (const { data: chunk } of client.resume(id)) {
      if (chunk.type === "data-input" && "data" in chunk && chunk.data instanceof Uint8Array) received += chunk.data.length;
    }
  });
  if (received !== bytes * count) throw new Error(`${received} bytes came of ${bytes * count}.`);
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
    const samples: Record<Arm, Sample[]> = { sse: [], ws: [] };
    await measure("sse", size); // To warm up, both of them.
    await measure("ws", size);
    for (let round = 0; round < ROUNDS; round++) {
      for (const arm of round % 2 === 0 ? ARMS : ARMS.toReversed()) samples[arm].push(await measure(arm, size));
    }
    const median = (arm: Arm, metric: (typeof metrics)[number]): number =>
      quantile(
        samples[arm].map((sample) => sample[metric]),
        0.5,
      );
    console.log(`\n${size.name}, ${size.count} of them, ${ROUNDS} rounds: medians`);
    for (const metric of metrics) {
      const [sse, ws] = [median("sse", metric), median("ws", metric)];
      console.log(
        `  ${metric.padEnd(11)} sse ${sse.toFixed(3).padStart(9)}   ws ${ws.toFixed(3).padStart(9)}   ws/sse ${(ws / sse).toFixed(2)}`,
      );
    }
  }
} finally {
  await Promise.all([...Object.values(proxies).map((proxy) => proxy.close()), worker.dispose()]);
}
