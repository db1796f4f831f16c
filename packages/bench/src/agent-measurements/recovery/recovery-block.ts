import { setTimeout as pause } from "node:timers/promises";
import { replyMarker, tokenText, type ScriptedProvider, type SentReply } from "@agent-transports/lab/provider";
import { seededRandom } from "../../stats/index.ts";
import type { StartHost } from "../stalled.ts";
import { ContinuingModel, paidFor } from "./continuing-model.ts";
import { Lives } from "./lives.ts";
import type { Ending, Page, RecoveryArm } from "./recovery-arms.ts";
import { forgottenAfter, seenOf, waitsAfter, WatchedAnswer, type Kill, type Seen, type Waits } from "./watched-answer.ts";

/** What became of one answer whose agent was killed. */
export interface RecoveredAnswer extends Seen, Waits {
  /** Kills before it was over. None: it is in no figure. */
  readonly kills: number;
  readonly ending: Ending | "unended";
  /** What a page that is loaded afterwards shows of it. */
  readonly kept: Seen;
  /** Where nobody asked: from when the Worker listened again until the agent had its answer go on. `null`: not before somebody asked. */
  readonly awakeMs?: number | null;
  /** Tokens that were seen, and that the model was not shown when it was asked to go on. */
  readonly forgotten: number;
  readonly tokensTwice: number;
  readonly promptTokensAgain: number;
  readonly rowsWritten: number;
}

export interface RecoveryPlan {
  /** In all, each of an agent of its own. */
  readonly tokens: number;
  readonly everyMs: number;
  /** How the agents are killed. */
  readonly kills: "once" | "deploys" | "away";
  readonly awayMs: number;
  /** By answer, from 0 to 1: the same for each arm. */
  readonly moments: readonly number[];
}

export interface RecoveryParts {
  readonly start: StartHost;
  readonly provider: ScriptedProvider;
  /** Unique. */
  readonly id: () => string;
}

export interface RecoveryMeasured {
  readonly tokens: number;
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly recovery: { readonly answers: readonly RecoveredAnswer[]; readonly restartMs: readonly number[] };
}

/** Between two kills that are deploys: how long the Worker listens. */
const LIFE_MS = 2_000;
const DEPLOYS = 10;
/** Nothing new for so long, from a model that says nothing, and nothing more is expected. An agent of the SDK's is woken by its own alarm within 30 s. */
const QUIET_MS = 35_000;
/** What is shown twice may come a moment later. */
const SETTLED_MS = 1_500;
/** At the very most, from the last kill. */
const LIMIT_MS = 300_000;
const LOOK_MS = 100;

/** One answer, and who reads it. */
class Reading {
  readonly id: string;
  readonly agent: string;
  readonly model: ContinuingModel;
  readonly watched: WatchedAnswer;
  page: Page | undefined;
  handle: string | undefined;
  /** Kills that hit it. */
  readonly kills: Kill[] = [];
  readonly #arm: RecoveryArm;
  readonly #provider: ScriptedProvider;

  constructor(arm: RecoveryArm, { provider, id }: RecoveryParts, { tokens, everyMs }: RecoveryPlan, index: number) {
    this.id = id();
    this.agent = id();
    const random = seededRandom(index + 1);
    const said = Array.from({ length: tokens }, (_, token) => tokenText(token, random));
    this.model = new ContinuingModel(said, everyMs);
    this.watched = new WatchedAnswer(said, () => performance.now());
    this.#arm = arm;
    this.#provider = provider;
    provider.addReply(this.id, this.model.reply);
  }

  async open(base: URL): Promise<void> {
    this.page = await this.#arm.open(base, this.agent, (text) => this.watched.show(text), this.handle);
  }

  ask(): void {
    this.page?.ask(`Say it all. ${replyMarker(this.id)}`);
  }

  leave(): void {
    this.handle = this.page?.handle();
    this.page?.close();
    this.page = undefined;
  }

  get sent(): readonly SentReply[] {
    return this.#provider.allSent(this.id);
  }

  /** Whether its client has all of it, or has said how it ended. */
  get isSettled(): boolean {
    return this.watched.isWhole || this.page?.isOver() === true;
  }

  /** Whether nothing more is expected of it. */
  isOver(since: number): boolean {
    const now = performance.now();
    const last = Math.max(this.watched.changedAt, since);
    if (this.isSettled) return now - last > SETTLED_MS;
    return !this.sent.some(({ outcome }) => outcome === "running") && now - last > QUIET_MS;
  }

  /** When the agent had its answer go on after a kill, by what its provider was asked; `undefined` where it did not. */
  goesOnAt({ killedAt }: Kill): number | undefined {
    const asked = this.sent.flatMap(({ requestAt, resumedAt }) => [requestAt, ...resumedAt]);
    return asked.filter((at) => at > killedAt).toSorted((a, b) => a - b)[0];
  }
}

/** Some answers of one arm's agents, which run in one Worker that is killed. */
export async function recoveryBlock(parts: RecoveryParts, arm: RecoveryArm, plan: RecoveryPlan): Promise<RecoveryMeasured> {
  const readings = plan.moments.map((_, index) => new Reading(arm, parts, plan, index));
  const lives = await Lives.begin(
    parts.start,
    arm.segment,
    readings.map(({ agent }) => agent),
  );
  try {
    for (const reading of readings) await reading.open(lives.url);
    const rowsBefore = await lives.rows();
    const startedAt = performance.now();
    const awakeMs = await breakThem(lives, readings, plan);
    await untilOver(readings, performance.now());
    const wallMs = performance.now() - startedAt;
    const rows = await lives.rows();
    const answers: RecoveredAnswer[] = [];
    for (const [index, reading] of readings.entries()) {
      const { watched, page, kills, model, sent, agent } = reading;
      const ending = page?.ending() ?? "unended";
      const handle = page?.handle() ?? reading.handle;
      reading.leave();
      const kept = await arm.load(lives.url, agent, handle);
      const awake = awakeMs?.[index];
      const asked = model.asked.map(({ knew }, nth) => ({ knew, requestAt: sent[nth]?.requestAt ?? Number.NaN }));
      answers.push({
        ...watched.seen,
        ...waitsAfter(kills, watched.progress),
        forgotten: forgottenAfter(kills, watched.progress, asked),
        kills: kills.length,
        ending: watched.isWhole && ending === "silent" ? "finished" : ending,
        kept: seenOf(kept, watched.tokens),
        ...(awake === undefined ? {} : { awakeMs: awake }),
        ...paidFor(
          model.asked,
          sent.map(({ generated }) => generated),
        ),
        rowsWritten: (rows.get(agent) ?? Number.NaN) - (rowsBefore.get(agent) ?? Number.NaN),
      });
    }
    const restartMs = lives.kills.map(({ killedAt, listenedAt }) => listenedAt - killedAt);
    return { tokens: plan.tokens * readings.length, wallMs, cpuMs: await lives.cpuMs(), recovery: { answers, restartMs } };
  } finally {
    for (const reading of readings) {
      reading.leave();
      parts.provider.removeReply(reading.id);
    }
    await lives.dispose();
  }
}

/** Asks for the answers, and kills their agents meanwhile. @returns where nobody asks meanwhile: when each agent woke by itself */
async function breakThem(lives: Lives, readings: readonly Reading[], plan: RecoveryPlan): Promise<(number | null)[] | undefined> {
  if (plan.kills === "deploys") {
    await askAt(
      readings,
      plan.moments.map((moment) => moment * LIFE_MS),
      LIFE_MS,
    );
    for (let deploy = 0; deploy < DEPLOYS && readings.some(({ isSettled }) => !isSettled); deploy++) {
      if (deploy > 0) await pause(LIFE_MS);
      await kill(lives, readings);
    }
    return undefined;
  }
  const lengthMs = plan.tokens * plan.everyMs;
  const moments = plan.moments.map((moment) => moment * lengthMs);
  await askAt(
    readings,
    moments.map((moment) => lengthMs - moment),
    lengthMs,
  );
  if (plan.kills === "once") {
    await kill(lives, readings);
    return undefined;
  }
  for (const reading of readings) reading.leave();
  const killed = await kill(lives, readings);
  await pause(plan.awayMs);
  const awake = readings.map((reading) => {
    const at = reading.goesOnAt(killed);
    return at === undefined ? null : at - killed.listenedAt;
  });
  for (const reading of readings) await reading.open(lives.url);
  return awake;
}

/** Asks for each at its time, and waits until the last is over. */
async function askAt(readings: readonly Reading[], atMs: readonly number[], untilMs: number): Promise<void> {
  const from = performance.now();
  const after = (ms: number): Promise<void> => pause(Math.max(0, from + ms - performance.now()));
  await Promise.all(
    readings.map(async (reading, index) => {
      await after(atMs[index] ?? 0);
      reading.ask();
    }),
  );
  await after(untilMs);
}

async function kill(lives: Lives, readings: readonly Reading[]): Promise<Kill> {
  let hit: readonly Reading[] = [];
  const killed = await lives.kill(() => (hit = readings.filter(({ isSettled }) => !isSettled)));
  for (const { kills } of hit) kills.push(killed);
  return killed;
}

async function untilOver(readings: readonly Reading[], since: number): Promise<void> {
  while (readings.some((reading) => !reading.isOver(since)) && performance.now() - since < LIMIT_MS) await pause(LOOK_MS);
}
