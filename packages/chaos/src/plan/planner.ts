import { FAULTS, ON_LINK, PROVIDER, type Fault } from "../faults/index.ts";
import { Dice } from "../dice/dice.ts";
import type { ReplySpec } from "./reply.ts";
import type { BesidePlan, FaultPlan, InputPlan, KillPlan, LegPlan, LinePlan, Reads, RunPlan, Scenario, TransportName } from "./scenario.ts";

export interface Wanted {
  readonly seed: number;
  readonly transports: readonly TransportName[];
  /** Kinds of faults, as {@link FAULTS} and {@link PROVIDER} name them. */
  readonly kinds: readonly string[];
}

/** So many answers are alive when their Worker is killed. */
export const RUNS_TO_KILL = 6;

/** An agent asks its provider three times in a row to stream an answer again, and then for the rest only: what comes then, no log foretells. */
const CRASHES_A_RUN = 2;
/** Beside two kills. */
const CRASHES_A_KILLED_RUN = 1;

/** Of links. */
const ROUND_TRIPS_MS = [40, 80, 80, 160] as const;
/** So long an answer takes at least, or it would be over before its readers are struck. */
const ANSWER_OVER_LINKS_MS = [600, 2_400] as const;

/** A scenario that shares its Worker: a pure function of the seed and the index. */
export function planLines(wanted: Wanted, index: number): Scenario {
  const dice = new Dice(wanted.seed, 1, index);
  const id = `s${index}`;
  return { seed: wanted.seed, id, runs: [planRun(wanted, dice, `${wanted.seed}-${id}`, false)], kills: [] };
}

/** A scenario that shares its Worker too, and whose lines have links. */
export function planPackets(wanted: Wanted, index: number): Scenario {
  const dice = new Dice(wanted.seed, 3, index);
  const id = `n${index}`;
  const run = planRun(wanted, dice, `${wanted.seed}-${id}`, false, true);
  return { seed: wanted.seed, id, runs: [run], kills: [] };
}

/** A scenario with a Worker of its own, which is killed while it answers. */
export function planKills(wanted: Wanted, index: number): Scenario {
  const dice = new Dice(wanted.seed, 2, index);
  const id = `k${index}`;
  const runs = Array.from({ length: RUNS_TO_KILL }, (_, run) => planRun(wanted, dice, `${wanted.seed}-${id}-${run}`, true));
  const kills = [planKill(dice, dice.whole(20, 700))];
  // Again, when answers have just been taken up.
  if (dice.chance(0.3)) kills.push(planKill(dice, (kills[0]?.atMs ?? 0) + dice.whole(900, 2_500)));
  return { seed: wanted.seed, id, runs, kills };
}

export function planKill(dice: Dice, atMs: number): KillPlan {
  return { atMs, how: dice.chance(0.85) ? "kill" : "restart", downMs: dice.chance(0.7) ? 0 : dice.whole(50, 800) };
}

export function planRun(wanted: Wanted, dice: Dice, name: string, killed: boolean, linked = false): RunPlan {
  const possible = FAULTS.filter(({ kind, notWithKills }) => wanted.kinds.includes(kind) && !(killed && notWithKills === true));
  const kinds = possible.filter(({ kind }) => !ON_LINK.has(kind));
  const onLink = linked ? possible.filter(({ kind }) => ON_LINK.has(kind)) : [];
  const short = planReply(wanted, dice, killed);
  const asked = linked
    ? { ...short, everyMs: Math.max(short.everyMs, Math.ceil(dice.whole(...ANSWER_OVER_LINKS_MS) / short.deltas)) }
    : short;
  // About so many events has its log.
  const events = asked.deltas + 6;
  const count = dice.of([1, 1, 1, 2, 2, 3, 4]);
  const lines = Array.from({ length: count }, (_, index) => planLine(wanted, dice, { first: index === 0, events, kinds, onLink, killed }));
  // One that is aborted cannot be looked at while it is made to forget; and both on one run is more than the checker can tell apart.
  const retained = has(lines, "retention");
  // Credentials hold for two seconds, about.
  const reply = has(lines, "credentials") ? { ...asked, everyMs: Math.max(asked.everyMs, Math.ceil(2_600 / asked.deltas)) } : asked;
  const run = {
    agent: `${name}_${dice.of(["event", "2", "20", "20", "125", "behind80"])}`,
    reply,
    lines: withCrashes(lines, retained ? 0 : killed ? CRASHES_A_KILLED_RUN : CRASHES_A_RUN),
    readAgain: dice.of(wanted.transports),
  };
  // One client has all of them to their ends. And what is to be forgotten of one run, an agent forgets of all.
  const [leg, ...legs] = lines[0]?.legs ?? [];
  if (leg === undefined || legs.length > 0 || retained || !dice.chance(0.3)) return { ...run, besides: [], refusedAt: [] };
  const besides = Array.from({ length: dice.whole(1, 3) }, () => planBeside(wanted, dice, { events, killed, sends: leg.reads !== "core" }));
  return { ...run, besides, refusedAt: dice.chance(0.5) ? [dice.whole(0, events)] : [] };
}

export function planBeside(
  wanted: Wanted,
  dice: Dice,
  { events, killed, sends }: { readonly events: number; readonly killed: boolean; readonly sends: boolean },
): BesidePlan {
  const reply = planReply(wanted, dice, killed);
  return {
    reply,
    startsAt: dice.whole(0, Math.ceil(events / 2)),
    inputs: sends && dice.chance(0.3) ? planInputs(dice, reply.deltas) : [],
    cancelAt: sends && dice.chance(0.25) ? dice.whole(1, reply.deltas) : null,
  };
}

function has(lines: readonly LinePlan[], kind: string): boolean {
  return lines.some(({ faults }) => faults.some((fault) => fault.kind === kind));
}

/** The first so many crashes of a run. */
function withCrashes(lines: readonly LinePlan[], most: number): LinePlan[] {
  let left = most;
  return lines.map((line) => ({ ...line, faults: line.faults.filter(({ kind }) => kind !== "crash" || (left -= 1) >= 0) }));
}

export function planReply({ kinds }: Wanted, dice: Dice, killed: boolean): ReplySpec {
  const deltas = killed ? dice.whole(20, 120) : dice.whole(4, 60);
  const dies = kinds.includes(PROVIDER) && dice.chance(0.12);
  const first = dice.whole(1, deltas);
  // A Worker that was killed has forgotten how often its provider broke off, and would ask it in vain too often.
  const breaks = dies && !killed && dice.chance(0.7) ? (dice.chance(0.5) ? [first] : [first, dice.whole(first, deltas + 3)]) : [];
  const replays = dice.chance(0.6);
  const model = dice.chance(killed ? 0.5 : 0.15) ? dice.of(["chat", "responses", "background"] as const) : null;
  return {
    seed: dice.whole(0, 1e9),
    deltas,
    // A model's stream that breaks at once answered nothing, and its run fails: PROTOCOL.md §5.
    everyMs: killed || (model !== null && breaks.length > 0) ? dice.whole(4, 12) : dice.of([0, 1, 2, 4, 8]),
    kind: replays && model === null && dice.chance(0.5) ? "parts" : "text",
    replays,
    breaks: model === null ? breaks : breaks.slice(0, 1).map((at) => Math.max(at, 3)),
    failsAt: dies && breaks.length === 0 && model === null ? dice.whole(1, deltas) : null,
    hears: !killed && breaks.length === 0 && model === null && dice.chance(0.5),
    model,
  };
}

interface Room {
  readonly first: boolean;
  readonly events: number;
  readonly kinds: readonly Fault[];
  /** Of faults on links; empty where lines have none. */
  readonly onLink: readonly Fault[];
  readonly killed: boolean;
}

function planLine({ transports }: Wanted, dice: Dice, { first, events, kinds, onLink, killed }: Room): LinePlan {
  const inputs = dice.chance(0.3) ? planInputs(dice, events) : [];
  const cancelAt = dice.chance(killed ? 0.02 : 0.04) ? dice.whole(1, events) : null;
  // The small client sends nothing.
  const sends = inputs.length > 0 || cancelAt !== null;
  const reads = dice.of<Reads>(sends ? ["events", "batches"] : ["events", "batches", "core"]);
  const legs = planLegs(transports, dice, reads, events);
  const joinsAt = first ? 0 : dice.chance(0.15) ? events : dice.whole(0, events);
  const from = first || joinsAt === 0 || dice.chance(0.5) ? 0 : dice.whole(0, joinsAt);
  return {
    legs,
    ...(onLink.length > 0 && { roundTripMs: dice.of(ROUND_TRIPS_MS) }),
    readers: legs.length === 1 && dice.chance(0.15) ? 2 : 1,
    joinsAt,
    from,
    slowMs: dice.chance(0.12) ? dice.whole(1, 6) : 0,
    inputs,
    cancelAt,
    faults:
      onLink.length > 0
        ? planPacketFaults(dice, onLink, kinds, events - from)
        : kinds.length === 0 || (killed && dice.chance(0.6))
          ? []
          : planFaults(dice, kinds, events - from),
  };
}

/** One or more on the link, and in half of all cases others besides, so that some come in the midst of them. */
function planPacketFaults(dice: Dice, onLink: readonly Fault[], kinds: readonly Fault[], events: number): FaultPlan[] {
  const others = kinds.length > 0 && dice.chance(0.5) ? planFaults(dice, kinds, events) : [];
  return [...planFaults(dice, onLink, events), ...others].toSorted((a, b) => a.atEvent - b.atEvent);
}

function planLegs(transports: readonly TransportName[], dice: Dice, reads: Reads, events: number): LegPlan[] {
  const transport = dice.of(transports);
  const whole: LegPlan = { transport, reads, events: null, saves: false };
  if (dice.chance(0.8)) return [whole];
  const legs: LegPlan[] = Array.from({ length: dice.whole(1, 2) }, (_, index) => ({
    transport: index % 2 === 0 ? transport : dice.of(transports),
    reads,
    events: dice.whole(1, Math.ceil(events / 2)),
    // The small client remembers nothing.
    saves: reads !== "core" && dice.chance(0.6),
  }));
  const last = transports.find((one) => one !== legs.at(-1)?.transport) ?? transport;
  return [...legs, { transport: last, reads, events: null, saves: false }];
}

function planInputs(dice: Dice, events: number): InputPlan[] {
  return Array.from({ length: dice.whole(1, 8) }, () => ({
    atEvent: dice.whole(0, events),
    bytes: dice.chance(0.4),
    size: dice.chance(0.9) ? dice.whole(0, 200) : dice.whole(200, 20_000),
  }));
}

export function planFaults(dice: Dice, kinds: readonly Fault[], events: number): FaultPlan[] {
  const count = dice.of([1, 1, 1, 2, 2, 3]);
  const plans = Array.from({ length: count }, (): FaultPlan => {
    const fault = chosen(dice, kinds);
    const { kind, when } = fault;
    const atEvent = when === "first" ? 0 : Math.max(when === "later" ? 1 : 0, dice.whole(-3, Math.max(1, events)));
    return { kind, atEvent, params: fault.params(dice) };
  });
  return plans.toSorted((a, b) => a.atEvent - b.atEvent);
}

function chosen(dice: Dice, kinds: readonly Fault[]): Fault {
  const all = kinds.reduce((sum, { weight = 1 }) => sum + weight, 0);
  let left = dice.next() * all;
  for (const kind of kinds) {
    left -= kind.weight ?? 1;
    if (left < 0) return kind;
  }
  return dice.of(kinds);
}
