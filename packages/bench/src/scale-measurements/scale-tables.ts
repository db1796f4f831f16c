import { figureTable, type Figure, type FigureTable } from "../rounds/figures.ts";
import { growthOf } from "./growth.ts";
import { agentsArms, readersArms, scaleTests, type ScaleArm, type ScaleMeasured, type ScaleSample } from "./scale-tests.ts";

/** Whose versions a table hangs on. */
export const measuredPackages = ["workerd", "miniflare", "agents", "ai"] as const;

const KIB = 1_024;

const P50: Figure<ScaleSample> = { head: "p50 ms", of: ({ latencyMs }) => latencyMs.p50, digits: 0, compared: false };
const P99: Figure<ScaleSample> = { head: "p99 ms", of: ({ latencyMs }) => latencyMs.p99, digits: 0, compared: true };
const WRONG: Figure<ScaleSample> = {
  head: "lost, repeated or reordered",
  of: ({ wrong }) => wrong,
  digits: 0,
  compared: false,
  over: (values) => values.reduce((sum, value) => sum + value, 0),
};
const BUSY: Figure<ScaleSample> = {
  head: "readers' process, % of a core",
  of: ({ readersBusy }) => readersBusy * 100,
  digits: 0,
  compared: false,
};
const CPU: Figure<ScaleSample> = { head: "% of a core", of: ({ cpuMs, wallMs }) => (cpuMs / wallMs) * 100, digits: 0, compared: false };

const READERS: readonly Figure<ScaleSample>[] = [
  P50,
  P99,
  { head: "events/s", of: ({ events, wallMs }) => (events / wallMs) * 1_000, digits: 0, compared: false },
  CPU,
  { head: "CPU µs/event", of: ({ cpuMs, events }) => (cpuMs * 1_000) / events, digits: 1, compared: true },
  { head: "KiB a reader", of: ({ memoryBytes }) => memoryBytes / KIB, digits: 0, compared: true },
  WRONG,
  BUSY,
];

const AGENTS: readonly Figure<ScaleSample>[] = [
  P50,
  P99,
  CPU,
  { head: "CPU ms an answer", of: ({ cpuMs, count }) => cpuMs / count, digits: 1, compared: true },
  { head: "rows an answer", of: ({ rowsWritten = Number.NaN, count }) => rowsWritten / count, digits: 0, compared: false },
  { head: "KiB an agent", of: ({ memoryBytes }) => memoryBytes / KIB, digits: 0, compared: false },
  WRONG,
  BUSY,
];

/** A table for each test that has samples, and one for each kind of how figures grow with the number. */
export function scaleFigures(samples: readonly ScaleSample[]): FigureTable[] {
  const tables = scaleTests.flatMap((test) => figureTable(test, samples, test.id.startsWith("readers-") ? READERS : AGENTS, ["sse"]) ?? []);
  return [...tables, ...growthTables(samples)];
}

/** @returns what is told where a reader lost an event, or got one twice or out of order */
export function lostEvents(samples: readonly ScaleSample[]): string | undefined {
  const wrong = samples.filter((sample) => sample.wrong > 0);
  if (wrong.length === 0) return undefined;
  return `Events were lost, repeated or reordered: ${wrong.map(({ test, arm, wrong: events }) => `${events} in ${test}, ${arm}`).join("; ")}.`;
}

/** What is all of it together, so that an exponent of 1 is as much for each. */
const GROWS: readonly { readonly head: string; readonly of: (sample: ScaleMeasured) => number }[] = [
  { head: "CPU of the whole", of: ({ cpuMs }) => cpuMs },
  { head: "memory of the whole", of: ({ memoryBytes, count }) => memoryBytes * count },
];

/** Exponents: a number that is `n` times as large takes `n` to this power as much. */
function growthTables(samples: readonly ScaleSample[]): FigureTable[] {
  return [
    { id: "readers", title: "how it grows with the readers of one answer: the exponent (95 %)", arms: readersArms },
    { id: "agents", title: "how it grows with the agents: the exponent (95 %)", arms: agentsArms },
  ].flatMap(({ id, title, arms }) => {
    const of = (arm: ScaleArm): ScaleSample[] => samples.filter((one) => one.arm === arm.id && one.test.startsWith(`${id}-`));
    const measured = arms.filter((arm) => new Set(of(arm).map(({ count }) => count)).size > 2);
    if (measured.length === 0) return [];
    const rows = measured.map((arm) => [arm.label, ...GROWS.map(({ of: y }) => inWords(of(arm), y))]);
    return [{ id, title, head: GROWS.map(({ head }) => head), rows }];
  });
}

function inWords(samples: readonly ScaleSample[], of: (sample: ScaleMeasured) => number): string {
  const growth = growthOf(samples.map((sample) => ({ x: sample.count, y: of(sample) })));
  if (growth === undefined) return "–";
  const { exponent, low, high, points } = growth;
  const left = points === samples.length ? "" : `, ${points} of ${samples.length} samples`;
  return `${exponent.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)}${left})`;
}
