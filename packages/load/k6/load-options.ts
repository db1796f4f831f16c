// What k6 is asked for: the scenarios and the thresholds of the list that Artillery's come from. k6 run -e SCENARIO=spike -e RATE=1 -e DURATION=30
import type { Options } from "k6/options";
import type { Transport } from "../src/metrics/metric-list.ts";
import { peakRate, type Phase } from "../src/plan/arrivals.ts";
import { scenarios, type LoadScenario } from "../src/plan/scenario-list.ts";
import { k6Thresholds, type Threshold } from "../src/plan/thresholds.ts";

const env = __ENV;

/** @param timed whether this script sees when a run's events come */
export function loadOptions(used: readonly Transport[], { timed }: { readonly timed: boolean }): Options {
  const scenario = chosen(env["SCENARIO"] ?? "steady");
  const { byDefault } = scenario;
  const wanted = { rate: Number(env["RATE"] ?? byDefault.rate), seconds: Number.parseFloat(env["DURATION"] ?? String(byDefault.seconds)) };
  const phases = scenario.phases(wanted);
  const limitMs = env["P95_FIRST_EVENT_MS"];
  const thresholds = scenario.thresholds
    .filter((one) => timed || one.is !== "p95")
    .map((one): Threshold => (one.is === "p95" && limitMs !== undefined ? { ...one, atMost: Number(limitMs) } : one));
  return {
    scenarios: {
      runs: {
        // An open model: runs begin at the rate, whether or not earlier ones have ended.
        executor: "ramping-arrival-rate",
        timeUnit: "1m",
        startRate: aMinute(phases[0]?.rate ?? 0),
        stages: phases.flatMap(stagesOf),
        preAllocatedVUs: Math.max(20, Math.ceil(peakRate(phases) * 5)),
        maxVUs: scenario.mostUsers(phases),
        gracefulStop: "2m",
      },
    },
    thresholds: k6Thresholds(thresholds, used),
  };
}

/** k6 goes from rate to rate in a line: a phase begins with a jump. */
function stagesOf({ seconds, rate, rampTo = rate }: Phase): { target: number; duration: string }[] {
  return [
    { target: aMinute(rate), duration: "0s" },
    { target: aMinute(rampTo), duration: `${seconds}s` },
  ];
}

/** k6 takes whole rates only. */
function aMinute(perSecond: number): number {
  return Math.round(perSecond * 60);
}

function chosen(name: string): LoadScenario {
  const known = Object.entries(scenarios).filter(([, { inK6 }]) => inK6);
  const found = known.find(([one]) => one === name)?.[1];
  if (found !== undefined) return found;
  throw new Error(`SCENARIO=${name}: k6 has ${known.map(([one]) => one).join(", ")}. Artillery has the others.`);
}
