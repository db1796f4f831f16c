import type { Options } from "../options.ts";
import { planKills, planLines, type Wanted } from "../plan/planner.ts";
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
  const provider = await ModelProvider.start();
  const used: Used = { makeClient, provider, onFailure };
  try {
    await Promise.all([
      playLines(options, used, take, () => enough() || over()).catch(onFailure),
      playKills(options, used, take, totals, over).catch(onFailure),
    ]);
  } finally {
    clearInterval(watch);
    await provider.close();
  }
  const done = failed === undefined && totals.kills >= options.kills && enough();
  return { totals, cut: !done, failure: failed?.error, seconds: (performance.now() - startedAt) / 1_000, peakResidentBytes };
}

type Take = (scenario: Scenario, played: readonly Played[]) => void;

interface Used {
  readonly makeClient: MakeClient;
  readonly provider: ModelProvider;
  /** Called at once, when others still play. */
  readonly onFailure?: (error: unknown) => void;
}

async function playLines(wanted: Options, used: Used, take: Take, done: () => boolean): Promise<void> {
  let next = 0;
  while (!done()) {
    const last = next + SCENARIOS_A_WORKER;
    const host = await startHost(used.provider);
    const lane = async (): Promise<void> => {
      while (next < last && !done()) {
        const scenario = planLines(wanted, next);
        next += 1;
        take(scenario, await playAll(scenario, stageOn(host.url, used)));
      }
    };
    try {
      await Promise.all(Array.from({ length: wanted.atOnce }, () => lane().catch(used.onFailure)));
    } finally {
      await host.dispose();
    }
  }
}

function stageOn(worker: URL, used: Used): Stage {
  return { ...used, worker, patienceMs: PATIENCE_MS, onKill: () => () => undefined };
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

/** @property struck of each kill, whether a live answer was there */
async function playKilled(
  scenario: Scenario,
  host: MortalHost,
  used: Used,
): Promise<{ readonly played: readonly Played[]; readonly struck: readonly boolean[] }> {
  const stage: Stage = { ...stageOn(host.url, used), onKill: (listener) => host.onKill(listener) };
  const startedAt = performance.now();
  const killing = async (): Promise<readonly boolean[]> => {
    const struck: boolean[] = [];
    for (const kill of scenario.kills) {
      await pause(Math.max(0, kill.atMs - (performance.now() - startedAt)));
      struck.push(await host.kill(kill));
    }
    return struck;
  };
  const [played, struck] = await Promise.all([playAll(scenario, stage), killing()]);
  return { played, struck };
}

/** One scenario, by its name. @throws HostError */
export async function playOnly(
  id: string,
  wanted: Wanted,
  makeClient: MakeClient = makeOurs,
): Promise<{ scenario: Scenario; played: readonly Played[] }> {
  const provider = await ModelProvider.start();
  try {
    const index = Number(id.slice(1));
    const used = { makeClient, provider };
    return id.startsWith("k") ? await playKilledAlone(planKills(wanted, index), used) : await playAlone(planLines(wanted, index), used);
  } finally {
    await provider.close();
  }
}

async function playKilledAlone(scenario: Scenario, used: Used): Promise<{ scenario: Scenario; played: readonly Played[] }> {
  const host = await MortalHost.start(used.provider);
  try {
    const { played } = await playKilled(scenario, host, used);
    return { scenario, played };
  } finally {
    await host.close();
  }
}

async function playAlone(scenario: Scenario, used: Used): Promise<{ scenario: Scenario; played: readonly Played[] }> {
  const host = await startHost(used.provider);
  try {
    return { scenario, played: await playAll(scenario, stageOn(host.url, used)) };
  } finally {
    await host.dispose();
  }
}
