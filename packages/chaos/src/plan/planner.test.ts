import { describe, expect, it } from "vitest";
import { FAULTS, ON_LINK, PROVIDER } from "../faults/index.ts";
import { planClock } from "./clocks.ts";
import { planEviction } from "./evictions.ts";
import { planKills, planLines, planPackets, type Wanted } from "./planner.ts";
import { chunksOf } from "./reply.ts";
import type { Scenario } from "./scenario.ts";

const kinds = [...FAULTS.map(({ kind }) => kind), PROVIDER];
const wanted: Wanted = { seed: 3, transports: ["sse", "ws"], kinds };
const many = (of: Wanted, count = 600): Scenario[] => Array.from({ length: count }, (_, index) => planLines(of, index));
const kindsOf = (kind: "on links" | "others"): Set<string> =>
  new Set(FAULTS.map((one) => one.kind).filter((one) => ON_LINK.has(one) === (kind === "on links")));
const linesOf = (scenarios: readonly Scenario[]) => scenarios.flatMap(({ runs }) => runs).flatMap(({ lines }) => lines);

describe("the planner", () => {
  it("plans the same for the same seed and index, and another for another", () => {
    expect(planLines(wanted, 5)).toEqual(planLines(wanted, 5));
    expect(planKills(wanted, 5)).toEqual(planKills(wanted, 5));
    expect(planLines(wanted, 6)).not.toEqual(planLines(wanted, 5));
    expect(planLines({ ...wanted, seed: 4 }, 5)).not.toEqual(planLines(wanted, 5));
    expect(JSON.parse(JSON.stringify(planLines(wanted, 5)))).toEqual(planLines(wanted, 5));
  });

  it("plans every kind of fault, readers of both transports at once, one handed over, two of one client, and late ones", () => {
    const scenarios = many(wanted);
    const lines = linesOf(scenarios);
    expect(new Set(lines.flatMap(({ faults }) => faults.map(({ kind }) => kind)))).toEqual(kindsOf("others"));
    expect(scenarios.some(({ runs: [run] }) => new Set(run?.lines.map(({ legs }) => legs[0]?.transport)).size === 2)).toBe(true);
    expect(lines.some(({ legs }) => legs.length > 1 && legs[0]?.transport !== legs.at(-1)?.transport)).toBe(true);
    expect(lines.some(({ legs }) => legs[0]?.saves === true && legs[0].transport !== legs[1]?.transport)).toBe(true);
    expect(lines.some(({ readers }) => readers === 2)).toBe(true);
    expect(new Set(lines.flatMap(({ legs }) => legs.map(({ reads }) => reads)))).toEqual(new Set(["events", "batches", "core"]));
    expect(lines.some(({ from, joinsAt }) => from > 0 && joinsAt >= from)).toBe(true);
    expect(scenarios.flatMap(({ runs }) => runs).some(({ reply }) => reply.breaks.length === 2)).toBe(true);
    expect(scenarios.flatMap(({ runs }) => runs).some(({ reply }) => reply.failsAt !== null)).toBe(true);
  });

  it("plans links, and that their packets are lost, in scenarios of their own, where every other fault comes too", () => {
    const linked = Array.from({ length: 400 }, (_, index) => planPackets(wanted, index));
    const lines = linesOf(linked);
    expect([linked[7], linked[7]?.id, linked[7]?.kills]).toEqual([planPackets(wanted, 7), "n7", []]);
    expect(lines.every(({ roundTripMs = 0, faults }) => roundTripMs >= 40 && faults.some(({ kind }) => ON_LINK.has(kind)))).toBe(true);
    expect(new Set(lines.flatMap(({ faults }) => faults.map(({ kind }) => kind)))).toEqual(new Set(FAULTS.map(({ kind }) => kind)));
    const answersMs = linked.flatMap(({ runs }) => runs).map(({ reply }) => reply.deltas * reply.everyMs);
    expect(Math.min(...answersMs)).toBeGreaterThanOrEqual(600);
    const only = linesOf(Array.from({ length: 50 }, (_, index) => planPackets({ ...wanted, kinds: ["loss"] }, index)));
    expect(new Set(only.flatMap(({ faults }) => faults.map(({ kind }) => kind)))).toEqual(new Set(["loss"]));
    const others = [...many(wanted), ...Array.from({ length: 20 }, (_, index) => planKills(wanted, index))];
    expect(linesOf(others).every(({ roundTripMs }) => roundTripMs === undefined)).toBe(true);
    expect(linesOf(others).some(({ faults }) => faults.some(({ kind }) => ON_LINK.has(kind)))).toBe(false);
  });

  it("plans only what is asked for", () => {
    const only = many({ seed: 1, transports: ["ws"], kinds: ["reset"] }, 100);
    const lines = linesOf(only);
    expect(new Set(lines.flatMap(({ legs }) => legs.map(({ transport }) => transport)))).toEqual(new Set(["ws"]));
    expect(new Set(lines.flatMap(({ faults }) => faults.map(({ kind }) => kind)))).toEqual(new Set(["reset"]));
    expect(only.every(({ runs: [run] }) => run?.reply.breaks.length === 0 && run.reply.failsAt === null)).toBe(true);
  });

  it("plans no input and no cancel for the small client, which sends nothing, and no more than two crashes a run", () => {
    const scenarios = many(wanted);
    const small = linesOf(scenarios).filter(({ legs }) => legs[0]?.reads === "core");
    expect(small.every(({ inputs, cancelAt }) => inputs.length === 0 && cancelAt === null)).toBe(true);
    const crashes = scenarios.map((one) => linesOf([one]).flatMap(({ faults }) => faults.filter(({ kind }) => kind === "crash")).length);
    expect(Math.max(...crashes)).toBe(2);
  });

  it("plans runs beside others on one client, and starts that are refused, but none where events are deleted or a client is handed over", () => {
    const runs = many(wanted).flatMap((one) => one.runs);
    const shared = runs.filter(({ besides }) => besides.length > 0);
    expect(shared.some(({ refusedAt }) => refusedAt.length > 0)).toBe(true);
    expect(shared.some(({ besides }) => besides.some(({ cancelAt }) => cancelAt !== null))).toBe(true);
    expect(new Set(shared.map(({ lines }) => lines[0]?.legs[0]?.transport))).toEqual(new Set(["sse", "ws"]));
    expect(shared.every(({ lines }) => lines[0]?.legs.length === 1)).toBe(true);
    expect(shared.flatMap(({ lines }) => lines).some(({ faults }) => faults.some(({ kind }) => kind === "retention"))).toBe(false);
    const small = shared.filter(({ lines }) => lines[0]?.legs[0]?.reads === "core").flatMap(({ besides }) => besides);
    expect(small.every(({ inputs, cancelAt }) => inputs.length === 0 && cancelAt === null)).toBe(true);
  });

  it("has faults in the order of their events, and each leg but the last ends, and no small client saves", () => {
    for (const { faults, legs } of linesOf(many(wanted))) {
      expect(faults.map(({ atEvent }) => atEvent)).toEqual(faults.map(({ atEvent }) => atEvent).toSorted((a, b) => a - b));
      expect(legs.map(({ events }) => events === null)).toEqual(legs.map((_, index) => index === legs.length - 1));
      expect(legs.some(({ saves, reads, events }) => saves && (reads === "core" || events === null))).toBe(false);
    }
  });

  it("kills a Worker of its own with several answers alive, once or twice", () => {
    const killed = Array.from({ length: 60 }, (_, index) => planKills(wanted, index));
    expect(killed.every(({ runs, kills }) => runs.length > 3 && kills.length > 0)).toBe(true);
    expect(new Set(killed.flatMap(({ kills }) => kills.map(({ how }) => how)))).toEqual(new Set(["kill", "restart"]));
    expect(new Set(killed.map(({ kills }) => kills.length))).toEqual(new Set([1, 2]));
  });

  it("plans clocks that are ahead and behind and jump, and Workers that come back with another, and nothing whose end a clock decides", () => {
    const planned = Array.from({ length: 60 }, (_, index) => planClock(wanted, index));
    expect(planClock(wanted, 5)).toEqual(planned[5]);
    const jumps = planned.flatMap(({ clock }) => clock?.jumps ?? []);
    expect(jumps.some(({ ms }) => ms < 0)).toBe(true);
    expect(jumps.some(({ ms }) => ms > 3_600_000)).toBe(true);
    expect(planned.some(({ kills }) => kills.length === 0)).toBe(true);
    // Behind the last jump: a day that passes between two deaths ends an answer.
    for (const { kills, clock } of planned)
      for (const { atMs, clockMs } of kills) expect([atMs > (clock?.jumps.at(-1)?.atMs ?? 0), clockMs !== undefined]).toEqual([true, true]);
    const struck = new Set(linesOf(planned).flatMap(({ faults }) => faults.map(({ kind }) => kind)));
    expect([...struck].filter((kind) => ["crash", "credentials", "retention"].includes(kind))).toEqual([]);
  });

  it("plans agents that are evicted, of which something is wanted then, and that nothing else wakes or ends", () => {
    const planned = Array.from({ length: 100 }, (_, index) => planEviction(wanted, index));
    expect(planEviction(wanted, 5)).toEqual(planned[5]);
    const sleeps = planned.flatMap(({ runs }) => runs.flatMap(({ sleep }) => sleep ?? []));
    expect(sleeps).toHaveLength(100);
    expect(sleeps.every(({ resumesBehind, besides }) => resumesBehind !== null || besides.length > 0)).toBe(true);
    expect(sleeps.some(({ sendsLate }) => sendsLate)).toBe(true);
    expect(sleeps.some(({ besides }) => besides.some(({ cancelAt }) => cancelAt !== null))).toBe(true);
    expect(sleeps.some(({ besides }) => besides.some(({ inputs }) => inputs.length > 0))).toBe(true);
    expect(new Set(sleeps.map(({ cut }) => cut))).toEqual(new Set([null, "reset", "half-open"]));
    const lines = linesOf(planned);
    expect(new Set(lines.map(({ legs }) => legs[0]?.transport))).toEqual(new Set(["sse", "ws"]));
    const struck = new Set(lines.flatMap(({ faults }) => faults.map(({ kind }) => kind)));
    expect([...struck].filter((kind) => ["crash", "retention"].includes(kind))).toEqual([]);
    // Lines have no link here: what takes packets would do nothing.
    expect([struck.size > 0, [...struck].filter((kind) => ON_LINK.has(kind))]).toEqual([true, []]);
  });
});

it("an answer is the same for the same specification, and begins and ends as answers do", () => {
  const [run] = planLines(wanted, 9).runs;
  const chunks = chunksOf(run!.reply);
  expect(chunksOf(run!.reply)).toEqual(chunks);
  expect([chunks[0], chunks.at(-1)]).toEqual([{ type: "start" }, { type: "finish" }]);
});
