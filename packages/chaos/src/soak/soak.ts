import { planLines, type Wanted } from "../plan/planner.ts";
import { Totals } from "../report/totals.ts";
import { startWatched } from "../run/host.ts";
import { ModelProvider } from "../run/model.ts";
import { makeOurs } from "../run/our-clients.ts";
import { playAll, type Played } from "../run/play.ts";
import type { Stage } from "../run/stage.ts";
import { pause } from "../run/wait.ts";
import { countsLeft } from "./left-behind.ts";
import { sharedPorts } from "./ports.ts";
import type { Sample } from "./sample.ts";
import { Sampler } from "./sampler.ts";
import { readSteadily, steadyAgent } from "./steady.ts";

/** So long nobody waits for the next event. */
const PATIENCE_MS = 60_000;
/** Levels of durability, as the agents' names have them: lanes take them in turn. */
const LEVELS = ["event", "20", "2", "125"] as const;

export interface SoakAsked extends Wanted {
  /** For so long answers flow. */
  readonly budgetMs: number;
  /** Lanes beside one another. */
  readonly atOnce: number;
}

export interface SoakSettings {
  /** Answers flow for so long before the first rest: code is compiled, and caches fill. */
  readonly warmUpMs: number;
  /** Ended runs are kept for so long, and as long again what is known of them. A run is looked at within a few seconds of its end. */
  readonly keptMs: number;
  readonly sampleEveryMs: number;
  /** At the start, counts are not to change for so long: a connection that is kept for the next request is let go of sooner. */
  readonly stableMs: number;
  /** No rest is longer. Events of runs go after `keptMs`, what is known of them after as long again, and either when the agent's alarm comes. */
  readonly restMs: number;
}

export const SETTINGS: SoakSettings = { warmUpMs: 30_000, keptMs: 30_000, sampleEveryMs: 10_000, stableMs: 6_000, restMs: 120_000 };

export interface SoakWatching {
  readonly settings?: SoakSettings;
  /** Where it counts, so that somebody else can see it meanwhile. */
  readonly totals?: Totals;
  readonly samples?: Sample[];
  readonly onSample?: (sample: Sample) => void;
  readonly onPlayed?: (id: string, played: readonly Played[]) => void;
}

export interface SoakOutcome {
  readonly totals: Totals;
  readonly samples: readonly Sample[];
  /** What was thrown; the rest is what was counted before that. */
  readonly failure: unknown;
  readonly seconds: number;
}

/** Answers flow, between two rests. What is held at the end of each is counted, and in between. */
export async function soak(asked: SoakAsked, watching: SoakWatching = {}): Promise<SoakOutcome> {
  const { settings = SETTINGS, totals = new Totals(), samples = [] } = watching;
  const startedAt = performance.now();
  let failed: { readonly error: unknown } | undefined;
  const provider = await ModelProvider.start();
  try {
    const host = await startWatched(provider, { KEPT_MS: String(settings.keptMs) });
    try {
      const agents = [...lanesOf(asked).map(laneAgent), ...asked.transports.map(steadyAgent)];
      const sampler = await Sampler.open(host, agents);
      const { url: worker } = host;
      const { signal } = sampler;
      const stage: Stage = {
        worker,
        provider,
        makeClient: makeOurs,
        patienceMs: PATIENCE_MS,
        onStrike: () => () => undefined,
        signal,
        ports: sharedPorts(),
      };
      try {
        await new Soaking(asked, settings, { ...watching, totals, samples }, stage, sampler).run();
      } finally {
        await sampler.close();
      }
    } finally {
      await host.dispose();
    }
  } catch (error) {
    failed = { error };
  } finally {
    await provider.close();
  }
  return { totals, samples, failure: failed?.error, seconds: (performance.now() - startedAt) / 1_000 };
}

function lanesOf({ atOnce }: SoakAsked): readonly number[] {
  return Array.from({ length: atOnce }, (_, lane) => lane);
}

function laneAgent(lane: number): string {
  return `lane${lane}_${LEVELS[lane % LEVELS.length] ?? LEVELS[0]}`;
}

type Watched = SoakWatching & { readonly totals: Totals; readonly samples: Sample[] };

class Soaking {
  readonly #asked: SoakAsked;
  readonly #settings: SoakSettings;
  readonly #watched: Watched;
  readonly #stage: Stage;
  readonly #sampler: Sampler;
  #scenarios = 0;
  #steady = 0;

  constructor(asked: SoakAsked, settings: SoakSettings, watched: Watched, stage: Stage, sampler: Sampler) {
    this.#asked = asked;
    this.#settings = settings;
    this.#watched = watched;
    this.#stage = stage;
    this.#sampler = sampler;
  }

  /** @throws Error where the Worker does not come to rest before the flow */
  async run(): Promise<void> {
    const { budgetMs } = this.#asked;
    const { warmUpMs, stableMs } = this.#settings;
    await this.#flow("warm-up", Math.min(warmUpMs, budgetMs));
    const start = await this.#rest("start", (resting) => isStable(resting, 1 + Math.ceil(stableMs / 1_000)) && sleeps(resting.at(-1)));
    if (start === undefined) throw new Error("Counts still changed, or runs were still kept, long after the warm-up.");
    await this.#flow("flow", budgetMs);
    // Three times in a row: a connection may be closed just then.
    await this.#rest("end", (resting) => resting.length >= 3 && resting.slice(-3).every(({ counts }) => isEqual(start.counts, counts)));
  }

  async #flow(phase: "warm-up" | "flow", ms: number): Promise<void> {
    const until = performance.now() + ms;
    const ended = new AbortController();
    let failed: { readonly error: unknown } | undefined;
    // What goes on beside it ends with it.
    const beside = (work: Promise<void>): Promise<void> => work.catch((error: unknown) => void (failed ??= { error }));
    const over = (): boolean => failed !== undefined || performance.now() >= until;
    const steadily = {
      nth: () => (this.#steady += 1) - 1,
      over,
      take: (id: string, played: Played) => this.#played(id, [played]),
    };
    const playing = [
      ...lanesOf(this.#asked).map((lane) => beside(this.#lane(laneAgent(lane), over))),
      ...this.#asked.transports.map((transport) => beside(readSteadily(transport, this.#stage, steadily))),
    ];
    await Promise.all([Promise.all(playing).finally(() => ended.abort()), beside(this.#sampleUntil(ended.signal, phase))]);
    if (failed !== undefined) throw failed.error;
  }

  /** An agent that lives as long as the soak answers one scenario after another. */
  async #lane(agent: string, over: () => boolean): Promise<void> {
    while (!over()) {
      const scenario = planLines(this.#asked, this.#scenarios);
      this.#scenarios += 1;
      const runs = scenario.runs.map((run) => ({ ...run, agent, key: `${scenario.seed}-${scenario.id}`, besides: [], refusedAt: [] }));
      this.#played(scenario.id, await playAll({ ...scenario, runs }, this.#stage));
    }
  }

  #played(id: string, played: readonly Played[]): void {
    this.#watched.totals.add(id, played);
    this.#watched.onPlayed?.(id, played);
  }

  async #sampleUntil(ended: AbortSignal, phase: Sample["phase"]): Promise<void> {
    for (;;) {
      await pause(this.#settings.sampleEveryMs, ended);
      if (ended.aborted) return;
      await this.#sample(phase);
    }
  }

  /** @returns the last sample, under this name; `undefined` where it did not fit in time */
  async #rest(as: "start" | "end", fits: (resting: readonly Sample[]) => boolean): Promise<Sample | undefined> {
    const until = performance.now() + this.#settings.restMs;
    const { samples } = this.#watched;
    const first = samples.length;
    for (;;) {
      await pause(1_000);
      await this.#sample("rest");
      const fit = fits(samples.slice(first));
      if (!fit && performance.now() < until) continue;
      const last: Sample | undefined = samples.pop();
      if (last === undefined) return undefined;
      samples.push({ ...last, phase: as });
      return fit ? last : undefined;
    }
  }

  async #sample(phase: Sample["phase"]): Promise<void> {
    const sample = await this.#sampler.take(phase, this.#watched.totals.runs);
    this.#watched.samples.push(sample);
    this.#watched.onSample?.(sample);
  }
}

function isEqual(one: Sample["counts"], other: Sample["counts"]): boolean {
  return countsLeft(one, other).length === 0;
}

/** The last so many are equal. */
function isStable(resting: readonly Sample[], count: number): boolean {
  const last = resting.slice(-count);
  const [first] = last;
  return first !== undefined && last.length === count && last.every(({ counts }) => isEqual(first.counts, counts));
}

/** No agent has runs or anything of a conversation, and none is to be woken. */
function sleeps(sample: Sample | undefined): boolean {
  if (sample === undefined) return false;
  const { rows, alarms } = sample.counts;
  return alarms["agents"] === 0 && Object.entries(rows).every(([table, count]) => !table.startsWith("transport_") || count === 0);
}
