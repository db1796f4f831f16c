import { Dice } from "../dice/dice.ts";
import { planKill, planRun, RUNS_TO_KILL, type Wanted } from "./planner.ts";
import type { Scenario } from "./scenario.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** What is less may be how long it takes to ask. */
const LEAST_JUMP_MS = 10_000;
/**
 * workerd waits by the wall clock: when that goes back, the timers of its live objects stand still for as long. Readers wait so long, and no more
 * is to be learnt by longer ones.
 */
const MOST_BACK_MS = 1_500;

/**
 * What may come to another end where a day passes at once. An agent gives up that died twice with nothing gained and half an hour between. Credentials may
 * be over before they are looked at, and a start is refused then.
 */
const TOLD_TIME: ReadonlySet<string> = new Set(["crash", "credentials"]);

/** A scenario with a Worker of its own, whose wall clock jumps while it answers: a pure function of the seed and the index. */
export function planClock(wanted: Wanted, index: number): Scenario {
  const dice = new Dice(wanted.seed, 8, index);
  const id = `c${index}`;
  const kinds = wanted.kinds.filter((kind) => !TOLD_TIME.has(kind));
  const runs = Array.from({ length: RUNS_TO_KILL }, (_, run) => planRun({ ...wanted, kinds }, dice, `${wanted.seed}-${id}-${run}`, true));
  const startMs = off(dice);
  const jumps = [{ atMs: dice.whole(20, 700), ms: jump(dice) }];
  if (dice.chance(0.5)) jumps.push({ atMs: (jumps[0]?.atMs ?? 0) + dice.whole(100, 900), ms: jump(dice) });
  // It comes back on a machine with another clock, behind the jumps.
  const diesAtMs = (jumps.at(-1)?.atMs ?? 0) + dice.whole(50, 900);
  const kills = dice.chance(0.5) ? [{ ...planKill(dice, diesAtMs), clockMs: off(dice) }] : [];
  return { seed: wanted.seed, id, runs, kills, clock: { startMs, jumps } };
}

function off(dice: Dice): number {
  return dice.of([-1, 1]) * dice.whole(MINUTE_MS, DAY_MS);
}

function jump(dice: Dice): number {
  return dice.chance(0.3)
    ? -dice.whole(100, MOST_BACK_MS)
    : dice.chance(0.5)
      ? dice.whole(LEAST_JUMP_MS, 10 * MINUTE_MS)
      : dice.whole(LEAST_JUMP_MS, DAY_MS);
}
