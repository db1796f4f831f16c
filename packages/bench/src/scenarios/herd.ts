import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addUp } from "@agent-transports/lab/integrity";
import { startProxy, type FaultProxy } from "@agent-transports/lab/proxy";
import { fromMachineTime, startReaders, toMachineTime, type Reading } from "@agent-transports/lab/readers";
import { keptByLab, type LocalLab } from "../lab/lab.ts";
import { startRestartable, type Restartable } from "../lab/restartable-worker.ts";
import type { Mark } from "../results/schema.ts";
import { SSE_ARM, WS_ARM, type OurArm } from "./parts/arms.ts";
import { defineScenario } from "./parts/define-scenario.ts";
import { until } from "./parts/follow.ts";
import { openReaders, startLiveRuns } from "./parts/live-runs.ts";
import type { Groups, Measurement, Scenario } from "./parts/scenario.ts";

/** Under what one agent allows of readers of a run. */
const READERS_PER_RUN = 50;
/** For so long models wait for clients that do not come back. */
const HOLD_MS = 20_000;
/** By how much attempts are counted together. */
const BIN_MS = 100;

/** Clients that are all cut at once. */
interface MassReconnect {
  readonly clients: number;
  readonly tokensPerSecond: number;
  /** When they are cut, and when the model has said all, in ms after its first token. The last token waits until all are open again. */
  readonly cutAtMs: number;
  readonly endAtMs: number;
  readonly fault: "reset" | "restart";
}

const few = { clients: 50, tokensPerSecond: 50, cutAtMs: 100 };
const many = { clients: 500, tokensPerSecond: 10, cutAtMs: 500 };
const groups: Groups = { quick: 0, standard: 3, full: 25 };
const settings: readonly { readonly id: string; readonly groups: Groups; readonly value: MassReconnect }[] = [
  { id: "50", groups: { quick: 0, standard: 12, full: 100 }, value: { ...few, endAtMs: 300, fault: "reset" } },
  { id: "500", groups: { ...groups, standard: 5 }, value: { ...many, endAtMs: 3_000, fault: "reset" } },
  { id: "50-restart", groups, value: { ...few, endAtMs: 60_000, fault: "restart" } },
  { id: "500-restart", groups, value: { ...many, endAtMs: 60_000, fault: "restart" } },
];

export const herd: Scenario = defineScenario({
  name: "herd",
  title: "Mass reconnect",
  question: "Many people follow answers and all are cut at once: how do they come back, and how soon has the last one its next word?",
  claims: [],
  method:
    "Clients in a process of their own follow live runs, 50 to a run, each over a connection of its own. All are reset at once by the proxy, or the Worker is killed and started again on the same storage. Back is a client with its next new event after it was " +
    "open again; attempts are the connections that the proxy sees after the cut. The first try comes after a random time of up to 50 ms, later ones after longer ones (PROTOCOL.md §6), on both sides. The Worker has RECOVERY=off, so a killed run's next event says that it was interrupted.",
  arms: [SSE_ARM, WS_ARM],
  metrics: [
    {
      id: "back",
      label: "cut to next new event",
      unit: "ms",
      better: "lower",
      kind: "wait",
      quantiles: [0.5, 0.95],
      description:
        "Of each client: from the cut to its next new event on another connection. p50 and p95: half of all, and 95 %, are back.",
    },
    {
      id: "all",
      label: "cut until all are back",
      unit: "ms",
      better: "lower",
      kind: "wait",
      quantiles: [0.5],
      description: "Of each block: the time of the last client.",
    },
    {
      id: "attempts",
      label: "attempts for each client",
      unit: "count",
      better: "lower",
      kind: "requests",
      quantiles: [0.5],
      description: "Connections that the proxy saw after the cut, over the clients.",
    },
    {
      id: "peak",
      label: "most attempts in 100 ms, for each client",
      unit: "count",
      better: "lower",
      kind: "requests",
      quantiles: [0.5],
      description: "Of the bins of 100 ms after the cut, the fullest, over the clients.",
    },
  ],
  settings: settings.map((setting) => {
    const { clients, fault } = setting.value;
    return { ...setting, label: `${clients} clients, ${fault === "reset" ? "reset" : "the Worker killed"}`, factors: { clients, fault } };
  }),
  notRemote: "The connections are cut by the proxy beside the embedded Worker.",
  measure: (lab, arm, value) => (value.fault === "reset" ? resetBlock(lab, arm, value) : restartBlock(lab, arm, value)),
});

/** Kept, so that a block does not pay for the start of a process. */
const readersOf = keptByLab(startReaders);

async function resetBlock(lab: LocalLab, arm: OurArm, value: MassReconnect): Promise<Measurement> {
  const proxy = lab.proxy(arm.id);
  return cutBlock(lab, arm, value, proxy, lab.host.url, async () => proxy.reset().at);
}

async function restartBlock(lab: LocalLab, arm: OurArm, value: MassReconnect): Promise<Measurement> {
  const storage = await mkdtemp(join(tmpdir(), "transport-bench-"));
  let worker: Restartable | undefined;
  let proxy: FaultProxy | undefined;
  try {
    worker = await startRestartable(lab, storage);
    const { url, restart } = worker;
    proxy = await startProxy(url);
    return await cutBlock(lab, arm, value, proxy, url, restart);
  } finally {
    await proxy?.close();
    await worker?.dispose();
    await rm(storage, { recursive: true, force: true });
  }
}

/** @param cut @returns the moment of the cut, of `performance.now()`, once what was cut works again */
async function cutBlock(
  lab: LocalLab,
  { transport }: OurArm,
  { clients, tokensPerSecond, cutAtMs, endAtMs, fault }: MassReconnect,
  proxy: FaultProxy,
  worker: URL,
  cut: () => Promise<number>,
): Promise<Measurement> {
  const readers = await readersOf(lab);
  const count = Math.ceil(clients / READERS_PER_RUN);
  const tokens = Math.round((endAtMs * tokensPerSecond) / 1000);
  const live = await startLiveRuns(lab, { url: worker, count, tokens, tokensPerSecond, held: fault === "reset" });
  try {
    const checked = fault === "reset" ? { tokens } : {};
    await openReaders(readers, live, { transport, url: proxy.url, from: 0, total: clients, ...checked });
    const begunAt = live.begin();
    await until(begunAt + cutAtMs);
    const connectionsBefore = proxy.connections.length;
    const cutAt = await cut();
    // A run that ends before all are back leaves its readers' connections to the last ones, whose attempts nobody would see.
    if (fault === "reset") await openAgain(proxy, connectionsBefore, clients);
    live.end();
    await readers.ended();
    const readings = await readers.collect();
    const back = readings.map((reading) => backAt(reading, cutAt) - cutAt);
    const attempts = proxy.connections.slice(connectionsBefore).map(({ openedAt }) => openedAt - cutAt);
    const bins = attemptsByBin(attempts, BIN_MS);
    return {
      samples: { back, all: [Math.max(...back)], attempts: [attempts.length / clients], peak: [Math.max(0, ...bins) / clients] },
      values: Object.fromEntries(bins.map((count, bin) => [`attempts@${bin * BIN_MS}ms`, count])),
      integrity: addUp(readings.map(({ integrity }) => integrity)),
      timeline: timelineOf(readings, begunAt, cutAt, fault),
    };
  } finally {
    live.forget();
    await readers.forget();
  }
}

/** Resolves when so many connections of after the cut are open, or {@link HOLD_MS} later: the readers then say what is missing. */
async function openAgain({ connections }: FaultProxy, before: number, clients: number): Promise<void> {
  const until = performance.now() + HOLD_MS;
  const open = (): number => connections.slice(before).filter(({ closedAt }) => closedAt === undefined).length;
  while (open() < clients && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** When a reader had its first event of another connection than that which was cut, of `performance.now()`. @throws Error where it had none */
function backAt({ states, eventAt }: Reading, cutAt: number): number {
  const cut = toMachineTime(cutAt);
  const lostAt = states.find(({ to, at }) => at >= cut && to !== "open" && to !== "ended")?.at ?? Number.NaN;
  const openAt = states.find(({ to, at }) => at >= lostAt && to === "open")?.at ?? Number.NaN;
  const at = eventAt.find((one) => one >= openAt);
  if (at === undefined) throw new Error("A client had no event after the cut.");
  return fromMachineTime(at);
}

/** How many lie in each bin from 0 on, up to the last that has any. @param at in ms */
export function attemptsByBin(at: readonly number[], binMs: number): number[] {
  const bins: number[] = [];
  for (const one of at) {
    const bin = Math.max(0, Math.floor(one / binMs));
    while (bins.length <= bin) bins.push(0);
    bins[bin] = (bins[bin] ?? 0) + 1;
  }
  return bins;
}

/** A lane for each client: when it tried again, and when it was open. */
function timelineOf(readings: readonly Reading[], beganAt: number, cutAt: number, fault: string): Mark[] {
  const marks = readings.flatMap(({ states }, client) =>
    states.flatMap(({ to, at }): Mark[] => {
      const tMs = fromMachineTime(at) - beganAt;
      return tMs >= 0 && (to === "connecting" || to === "open") ? [{ tMs, lane: `client-${client}`, kind: to }] : [];
    }),
  );
  return [{ tMs: cutAt - beganAt, lane: "all", kind: "fault", label: fault }, ...marks];
}
