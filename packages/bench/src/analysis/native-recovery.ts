/** What a browser does without a client of ours after a fault, which claim 9 speaks of: apart from the comparison of two clients. */
import { EVENT_SOURCE, WEB_SOCKET } from "../results/names.ts";
import type { ComparedArm, ConditionAnalysis, NativeRecovery, Recovery, ScenarioAnalysis } from "./facts/index.ts";

/** The scenario that watched it. */
const SCENARIO = "reconnect-browser";
const ours: readonly ComparedArm[] = ["sse", "ws"];

/** @returns each fault after which EventSource was watched, none where the scenario was not run */
export function nativeRecoveries(scenarios: readonly ScenarioAnalysis[]): NativeRecovery[] {
  const scenario = scenarios.find(({ name, notRun }) => name === SCENARIO && notRun === null);
  return (scenario?.conditions ?? []).flatMap((condition) => {
    const eventSource = recoveryOf(condition, EVENT_SOURCE);
    if (eventSource === null) return [];
    const webSocket = recoveryOf(condition, WEB_SOCKET);
    return [
      {
        condition: condition.condition.label,
        eventSource,
        webSocket,
        ours: ours.flatMap((arm) => recoveryOf(condition, arm) ?? []),
        asClaimed: webSocket === null ? null : eventSource.isBack && !webSocket.isBack,
      },
    ];
  });
}

function recoveryOf({ comparisons }: ConditionAnalysis, arm: string): Recovery | null {
  const median = (metric: string): ConditionAnalysis["comparisons"][number]["arms"][number] | undefined =>
    comparisons.find((one) => one.metric === metric && one.statistic === 0.5)?.arms.find((one) => one.arm === arm);
  const back = median("back");
  return back === undefined || back.value === null
    ? null
    : { label: back.label, isBack: back.value >= 0.5, gapMs: median("gap")?.value ?? null };
}
