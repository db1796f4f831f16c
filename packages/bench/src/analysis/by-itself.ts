/** What a browser does by itself after a fault, which claim 9 speaks of: apart from the comparison of two clients. */
import { EVENT_SOURCE, WEB_SOCKET } from "../results/names.ts";
import { formatValue } from "./format.ts";
import type { ConditionAnalysis, ScenarioAnalysis } from "./types.ts";

/** The scenario that watched it. */
const SCENARIO = "reconnect-browser";

/** At one fault. */
interface ByItself {
  /** EventSource's answer went on, and a WebSocket's did not; `null` where they were not both watched. */
  readonly asClaimed: boolean | null;
  readonly sentence: string;
}

/** @returns each fault after which EventSource was watched, none where the scenario was not run */
export function faultsByItself(scenarios: readonly ScenarioAnalysis[]): ByItself[] {
  const scenario = scenarios.find(({ name, notRun }) => name === SCENARIO && notRun === null);
  return (scenario?.conditions ?? []).flatMap((condition) => {
    const eventSource = backOf(condition, EVENT_SOURCE);
    if (eventSource === null) return [];
    const webSocket = backOf(condition, WEB_SOCKET);
    const alone = [eventSource, webSocket]
      .filter((back) => back !== null)
      .map(
        ({ arm, isBack, gapMs }) => `${arm} ${isBack ? `is back after ${formatValue(gapMs, "ms")}` : "is not back while it was watched"}`,
      );
    const ours = [backOf(condition, "sse"), backOf(condition, "ws")]
      .filter((back) => back !== null)
      .map(({ arm, isBack, gapMs }) => `${isBack ? `after ${formatValue(gapMs, "ms")}` : "not at all"} over ${arm}`);
    return [
      {
        asClaimed: webSocket === null ? null : eventSource.isBack && !webSocket.isBack,
        sentence: `After ${condition.condition.label}: ${alone.join(", ")}; with our clients the answer goes on ${ours.join(" and ")}.`,
      },
    ];
  });
}

interface Back {
  /** Its label. */
  readonly arm: string;
  /** After half of the faults and more. */
  readonly isBack: boolean;
  readonly gapMs: number | null;
}

function backOf({ comparisons }: ConditionAnalysis, arm: string): Back | null {
  const median = (metric: string): ConditionAnalysis["comparisons"][number]["arms"][number] | undefined =>
    comparisons.find((one) => one.metric === metric && one.quantile === 0.5)?.arms.find((one) => one.arm === arm);
  const back = median("back");
  return back === undefined || back.value === null
    ? null
    : { arm: back.label, isBack: back.value >= 0.5, gapMs: median("gap")?.value ?? null };
}
