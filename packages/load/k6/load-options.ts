// What k6 is asked for: the scenarios and the thresholds of the list that Artillery's come from. k6 run -e SCENARIO=spike -e RATE=1 -e DURATION=30s
import type { Options } from "k6/options";
import type { Transport } from "../src/metrics/metric-list.ts";
import { arrivalsOf, peakRate, type Phase } from "../src/plan/arrivals.ts";
import { scenarios, type LoadScenario } from "../src/plan/scenario-list.ts";
import { k6Thresholds, type Threshold } from "../src/plan/thresholds.ts";
import { RUN_LIMIT_MS } from "../src/script/run-limit.ts";
import { numberFrom, secondsFrom } from "./environment.ts";

const env = __ENV;

/** More than a run may take: one that began last, and takes all of it, is counted still. */
const GRACE_SECONDS = RUN_LIMIT_MS / 1_000 + 30;

/** Of the runs that are planned, this share finishes. It is the other side of the 1 % of `runs_failed`, which knows only runs that came to some end. */
const FINISHED_SHARE = 0.99;

/** @param timed whether this script sees when a run's events come */
export function loadOptions(used: readonly Transport[], { timed }: { readonly timed: boolean }): Options {
  const scenario = chosen(env["SCENARIO"] ?? "steady");
  const { byDefault } = scenario;
  const wanted = { rate: numberFrom("RATE") ?? byDefault.rate, seconds: secondsFrom("DURATION") ?? byDefault.seconds };
  const phases = scenario.phases(wanted);
  const limitMs = numberFrom("P95_FIRST_EVENT_MS");
  const thresholds = scenario.thresholds
    .filter((one) => timed || one.is !== "p95")
    .map((one): Threshold => (one.is === "p95" && limitMs !== undefined ? { ...one, atMost: limitMs } : one));
  return {
    // A run over WebSocket makes a handshake, and so does one over SSE: otherwise mixed.ts would compare a new connection with an old one.
    noVUConnectionReuse: true,
    scenarios: {
      runs: {
        // An open model: runs begin at the rate, whether or not earlier ones have ended.
        executor: "ramping-arrival-rate",
        timeUnit: "1m",
        startRate: aMinute(phases[0]?.rate ?? 0),
        stages: phases.flatMap(stagesOf),
        preAllocatedVUs: Math.max(20, Math.ceil(peakRate(phases) * 5)),
        maxVUs: scenario.mostUsers(phases),
        gracefulStop: `${GRACE_SECONDS}s`,
      },
    },
    // A run that hangs until k6 ends it is in no rate. It is missing here.
    thresholds: { ...k6Thresholds(thresholds, used), runs_finished: [`count>=${leastFinished(phases)}`] },
  };
}

/** One fewer, because k6 may begin the last run or not. */
function leastFinished(phases: readonly Phase[]): number {
  return Math.max(1, Math.ceil(FINISHED_SHARE * arrivalsOf(phases)) - 1);
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
