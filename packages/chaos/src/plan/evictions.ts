import { Dice } from "../dice/dice.ts";
import { FAULTS, ON_LINK } from "../faults/index.ts";
import { planBeside, planFaults, planReply, type Wanted } from "./planner.ts";
import type { Reads, Scenario, SleepPlan } from "./scenario.ts";

/** workerd evicts what was idle for ten seconds, and an alarm may come some seconds behind a run's end. */
const SLEEP_MS = 14_000;
/** An agent that dies is another object already, and one whose events are deleted is woken for it. */
const WAKES: ReadonlySet<string> = new Set(["crash", "retention"]);

/** A scenario whose agent is evicted while its client is there: a pure function of the seed and the index. */
export function planEviction(wanted: Wanted, index: number): Scenario {
  const dice = new Dice(wanted.seed, 7, index);
  const id = `e${index}`;
  const reply = planReply(wanted, dice, false);
  const events = reply.deltas + 6;
  const kinds = FAULTS.filter(({ kind }) => wanted.kinds.includes(kind) && !WAKES.has(kind) && !ON_LINK.has(kind));
  const reads = dice.of<Reads>(["events", "batches", "core"]);
  const faults = kinds.length > 0 && dice.chance(0.4) ? planFaults(dice, kinds, events) : [];
  const line = { readers: 1, joinsAt: 0, from: 0, slowMs: 0, inputs: [], cancelAt: null, faults } as const;
  const run = {
    agent: `${wanted.seed}-${id}_${dice.of(["event", "2", "20", "125", "behind80"])}`,
    reply,
    lines: [{ ...line, legs: [{ transport: dice.of(wanted.transports), reads, events: null, saves: false }] }],
    besides: [],
    sleep: planSleep(wanted, dice, events, reads !== "core"),
    refusedAt: [],
    readAgain: dice.of(wanted.transports),
  };
  return { seed: wanted.seed, id, runs: [run], kills: [] };
}

function planSleep(wanted: Wanted, dice: Dice, events: number, sends: boolean): SleepPlan {
  const resumes = dice.chance(0.7);
  const starts = resumes ? dice.of([0, 1, 1, 2]) : dice.of([1, 1, 2]);
  return {
    ms: SLEEP_MS,
    cut: dice.of([null, null, null, "reset", "half-open"]),
    resumesBehind: resumes ? dice.whole(0, events - 1) : null,
    sendsLate: resumes && sends && dice.chance(0.4),
    besides: Array.from({ length: starts }, () => ({ ...planBeside(wanted, dice, { events, killed: false, sends }), startsAt: 0 })),
  };
}
