import { Links } from "../link/links.ts";
import type { Options } from "../options.ts";
import { planClock } from "../plan/clocks.ts";
import { planEviction } from "../plan/evictions.ts";
import { planKills, planLines, planPackets, type Wanted } from "../plan/planner.ts";
import type { Scenario } from "../plan/scenario.ts";
import { Totals } from "../report/totals.ts";
import { MortalHost, startHost } from "../run/host.ts";
import { ModelProvider } from "../run/model.ts";
import { playAll, type Played } from "../run/play.ts";
import type { Stage } from "../run/stage.ts";
import { makeOurs } from "../run/our-clients.ts";
import type { MakeClient } from "../run/subject.ts";
import { pause } from "../run/wait.ts";

/** So long nobody waits for the next event: a reader comes back within seconds of any fault here. */
const PATIENCE_MS = 60_000;
/** So many scenarios a Worker has, and then another takes its place: each agent's storage stays until its Worker's end. */
const SCENARIOS_A_WORKER = 1_000;
/** So many agents wait at a time until they are evicted. */
const EVICTIONS_AT_ONCE = 40;
/** Scenarios with links at a time. Each line has a network, with a thread that moves its packets. */
const PACKETS_AT_ONCE = 6;

export interface Outcome {
  readonly totals: Totals;
  /** It ended before all was done. */
  readonly cut: boolean;
  /** What was thrown; the rest is what was done before that. */
  readonly failure: unknown;
  readonly seconds: number;
  readonly peakResidentBytes: number;
}

export interface Watching {
  readonly makeClient?: MakeClient;
  /** Where it counts, so that somebody else can see it meanwhile. */
  readonly totals?: Totals;
  readonly onPlayed?: (scenario: Scenario, played: readonly Played[]) => void;
  /** Every few seconds. */
  readonly onProgress?: (totals: Totals) => void;
}

/** Plays scenarios until faults have struck enough streams, and Workers were killed often enough. */
export async function chaos(
  options: Options,
  { makeClient = makeOurs, totals = new Totals(), onPlayed, onProgress }: Watching = {},
): Promise<Outcome> {
  const startedAt = performance.now();
  let peakResidentBytes = 0;
  let ticks = 0;
  const watch = setInterval(() => {
    peakResidentBytes = Math.max(peakResidentBytes, process.memoryUsage().rss);
    if ((ticks += 1) % 10 === 0) onProgress?.(totals);
  }, 500);
  let failed: { readonly error: unknown } | undefined;
  const over = (): boolean => failed !== undefined || performance.now() - startedAt > options.budgetMs;
  // What goes on beside it ends with it.
  const onFailure = (error: unknown): void => void (failed ??= { error });
  const take = (scenario: Scenario, played: readonly Played[]): void => {
    totals.add(scenario.id, played);
    onPlayed?.(scenario, played);
  };
  const enough = (): boolean => options.transports.every((name) => totals.transports[name].faulted >= options.streams);
  const enoughPackets = (): boolean => options.transports.every((name) => totals.transports[name].lost >= options.packets);
  const provider = await ModelProvider.start();
  const used: Used = { makeClient, provider, onFailure };
  try {
    await Promise.all([
      playLines(options, used, take, () => enough() || over()).catch(onFailure),
      playPackets(options, used, take, () => enoughPackets() || over()).catch(onFailure),
      playKills(options, used, take, totals, over).catch(onFailure),
      playClocks(options, used, take, totals, over).catch(onFailure),
      playEvictions(options, used, take, totals, over).catch(onFailure),
    ]);
  } finally {
    clearInterval(watch);
    await provider.close();
  }
  const reached = totals.kills >= options.kills && totals.clocks >= options.clocks && totals.evictions >= options.evictions;
  const done = failed === undefined && reached && enough() && enoughPackets();
  return { totals, cut: !done, failure: failed?.error, seconds: (performance.now() - startedAt) / 1_000, peakResidentBytes };
}

type Take = (scenario: Scenario, played: readonly Played[]) => void;

interface Used {
  readonly makeClient: MakeClient;
  readonly provider: ModelProvider;
  readonly links?: Links;
  /** Called at once, when others still play. */
  readonly onFailure?: (error: unknown) => void;
}

function playLines(wanted: Options, used: Used, take: Take, done: () => boolean): Promise<void> {
  return playOnShared({ plan: (index) => planLines(wanted, index), atOnce: wanted.atOnce }, used, take, done);
}

/** @throws ChaosUsageError where this machine allows no network */
async function playPackets(wanted: Options, used: Used, take: Take, done: () => boolean): Promise<void> {
  if (done()) return;
  const links = Links.open();
  try {
    const atOnce = Math.min(wanted.atOnce, PACKETS_AT_ONCE);
    await playOnShared({ plan: (index) => planPackets(wanted, index), atOnce }, { ...used, links }, take, done);
  } finally {
    await links.close();
  }
}

interface Shared {
  readonly plan: (index: number) => Scenario;
  readonly atOnce: number;
}

async function playOnShared({ plan, atOnce }: Shared, used: Used, take: Take, done: () => boolean): Promise<void> {
  let next = 0;
  while (!done()) {
    const last = next + SCENARIOS_A_WORKER;
    const host = await startHost(used.provider);
    const lane = async (): Promise<void> => {
      while (next < last && !done()) {
        const scenario = plan(next);
        next += 1;
        take(scenario, await playAll(scenario, stageOn(host.url, used)));
      }
    };
    try {
      await Promise.all(Array.from({ length: atOnce }, () => lane().catch(used.onFailure)));
    } finally {
      await host.dispose();
    }
  }
}

function stageOn(worker: URL, used: Used): Stage {
  return { ...used, worker, patienceMs: PATIENCE_MS, onStrike: () => () => undefined };
}

async function playKills(wanted: Options, used: Used, take: Take, totals: Totals, over: () => boolean): Promise<void> {
  if (wanted.kills === 0) return;
  const host = await MortalHost.start(used.provider);
  try {
    for (let index = 0; totals.kills < wanted.kills && !over(); index++) {
      const scenario = planKills(wanted, index);
      const { played, struck } = await playKilled(scenario, host, used);
      take(scenario, played);
      totals.addDeaths(scenario.kills, struck);
    }
  } finally {
    await host.close();
  }
}

/** Each has a Worker of its own: what a clock was once ahead, no other scenario is to begin with. */
async function playClocks(wanted: Options, used: Used, take: Take, totals: Totals, over: () => boolean): Promise<void> {
  for (let index = 0; totals.clocks < wanted.clocks && !over(); index++) {
    const scenario = planClock(wanted, index);
    const { played, struck, jumped } = await onItsOwn(scenario, used);
    take(scenario, played);
    totals.addDeaths(scenario.kills, struck);
    totals.addJumps(jumped);
  }
}

/** Many at once: each waits, and nothing else. */
async function playEvictions(wanted: Options, used: Used, take: Take, totals: Totals, over: () => boolean): Promise<void> {
  for (let index = 0; totals.evictions < wanted.evictions && !over();) {
    const many = Math.min(wanted.evictions - totals.evictions, EVICTIONS_AT_ONCE);
    const scenarios = Array.from({ length: many }, (_, one) => planEviction(wanted, index + one));
    index += many;
    const host = await startHost(used.provider);
    try {
      await Promise.all(
        scenarios.map(async (scenario) => {
          const played = await playAll(scenario, stageOn(host.url, used));
          take(scenario, played);
          totals.addSleep(played);
        }),
      );
    } finally {
      await host.dispose();
    }
  }
}

interface Killed {
  readonly played: readonly Played[];
  /** Of each kill, whether a live answer was there. */
  readonly struck: readonly boolean[];
  /** Of each jump of the clock, the same. */
  readonly jumped: readonly boolean[];
}

async function playKilled(scenario: Scenario, host: MortalHost, used: Used): Promise<Killed> {
  const stage: Stage = { ...stageOn(host.url, used), onStrike: (listener) => host.onStrike(listener) };
  const startedAt = performance.now();
  const jumped: boolean[] = [];
  const struck: boolean[] = [];
  const striking = async (): Promise<void> => {
    for (const jump of scenario.clock?.jumps ?? []) {
      await pause(Math.max(0, jump.atMs - (performance.now() - startedAt)));
      jumped.push(await host.jump(jump.ms));
    }
    for (const kill of scenario.kills) {
      await pause(Math.max(0, kill.atMs - (performance.now() - startedAt)));
      struck.push(await host.kill(kill));
    }
  };
  const [played] = await Promise.all([playAll(scenario, stage), striking()]);
  return { played, struck, jumped };
}

/** On a Worker that is there for it alone. @throws HostError @throws ChaosUsageError */
async function onItsOwn(scenario: Scenario, used: Used): Promise<Killed> {
  const host = await MortalHost.start(used.provider, scenario.clock?.startMs);
  try {
    return await playKilled(scenario, host, used);
  } finally {
    await host.close();
  }
}

/** One scenario, by its name. @throws HostError @throws ChaosUsageError where this machine does not allow it */
export async function playOnly(
  id: string,
  wanted: Wanted,
  makeClient: MakeClient = makeOurs,
): Promise<{ scenario: Scenario; played: readonly Played[] }> {
  const provider = await ModelProvider.start();
  try {
    const used = { makeClient, provider };
    const scenario = scenarioOf(id, wanted);
    if (/^[kc]/.test(id)) return { scenario, played: (await onItsOwn(scenario, used)).played };
    if (!id.startsWith("n")) return await playAlone(scenario, used);
    const links = Links.open();
    try {
      return await playAlone(scenario, { ...used, links });
    } finally {
      await links.close();
    }
  } finally {
    await provider.close();
  }
}

function scenarioOf(id: string, wanted: Wanted): Scenario {
  const index = Number(id.slice(1));
  if (id.startsWith("k")) return planKills(wanted, index);
  if (id.startsWith("n")) return planPackets(wanted, index);
  if (id.startsWith("c")) return planClock(wanted, index);
  return id.startsWith("e") ? planEviction(wanted, index) : planLines(wanted, index);
}

async function playAlone(scenario: Scenario, used: Used): Promise<{ scenario: Scenario; played: readonly Played[] }> {
  const host = await startHost(used.provider);
  try {
    return { scenario, played: await playAll(scenario, stageOn(host.url, used)) };
  } finally {
    await host.dispose();
  }
}
