/** What a difference is of a chain that people would see, in which the model and the tools take their time. */
import { ALIKE_WORDS, formatNumber, MINUS, NARROW_SPACE, NO_DIFFERENCE_WORDS } from "./format.ts";
import { headlines, type Placed } from "./headline.ts";
import type { ScenarioAnalysis } from "./types.ts";

/** The factor that a condition names where nothing in it is faster than life. */
const PACE = "pace";

/** @param most settings that are said. @returns `null` where no scenario measured a chain at a real pace */
export function realPaceSentence(scenarios: readonly Pick<ScenarioAnalysis, "conditions" | "metrics">[], most = Infinity): string | null {
  const measured = scenarios.flatMap((scenario) =>
    headlines(scenario)
      .filter(({ condition }) => condition.factors[PACE] === "real")
      .flatMap(shareOf),
  );
  const said = measured.slice(0, most);
  return said.length === 0 ? null : `What WebSocket saves where the model and the tools take their time: ${said.join("; ")}.`;
}

/** `31 ms of 65.2 s, 0.05 % (95 %: 0.02 % to 0.08 %), 20 turns at a real pace`, and that it is no difference where it is none. */
function shareOf({ condition: { label }, comparison: { effect, arms, verdict } }: Placed): string[] {
  const whole = arms.find(({ arm }) => arm === "sse")?.value ?? null;
  if (effect === null || whole === null) return [];
  const { ratio, difference } = effect;
  const { low, high } = effect.interval;
  if (ratio === null || low === null || high === null) return [];
  const range = `${percent(1 - high)} to ${percent(1 - low)}`;
  const none = verdict.kind === "lower" ? "" : `, ${verdict.kind === "alike" ? ALIKE_WORDS : NO_DIFFERENCE_WORDS}`;
  return [
    `${formatNumber(-difference)} ms of ${formatNumber(whole / 1000)} s, ${percent(1 - ratio)} (95${NARROW_SPACE}%: ${range}), ${label}${none}`,
  ];
}

function percent(share: number): string {
  const value = share * 100;
  const size = Math.abs(value);
  return `${value < 0 ? MINUS : ""}${size.toFixed(size >= 10 ? 0 : size >= 1 ? 1 : 2)}${NARROW_SPACE}%`;
}
