/** What a difference is of a chain that people would see, in which the model and the tools take their time. */
import { armName, formatNumber, NARROW_SPACE } from "./format.ts";
import { headlines, type Placed } from "./headline.ts";
import type { ScenarioAnalysis } from "./types.ts";

/** The factor that a condition names where nothing in it is faster than life. */
const PACE = "pace";

/** `null` where no scenario measured a chain at a real pace. */
export function realPaceSentence(scenarios: readonly Pick<ScenarioAnalysis, "conditions" | "metrics">[]): string | null {
  const said = scenarios.flatMap((scenario) =>
    headlines(scenario)
      .filter(({ condition }) => condition.factors[PACE] === "real")
      .flatMap(shareOf),
  );
  return said.length === 0 ? null : `Where the model and the tools take their time as in real use: ${said.join("; ")}.`;
}

/** `WebSocket saves 0.05 % (95 %: 0.02 to 0.08 %), 31 ms of 65.2 s, in 20 turns at a real pace`. */
function shareOf({ condition, comparison: { effect, arms, verdict } }: Placed): string[] {
  const whole = arms.find(({ arm }) => arm === "sse")?.value ?? null;
  if (effect === null || effect.ratio === null || effect.interval.low === null || effect.interval.high === null || whole === null)
    return [];
  const { ratio, interval, difference } = effect;
  const saver = ratio <= 1 ? "ws" : "sse";
  // Of the interval, the end of the larger saving last.
  const [least, most] = [interval.high, interval.low]
    .map((end) => (saver === "ws" ? 1 - (end ?? 1) : (end ?? 1) - 1))
    .sort((left, right) => left - right);
  const seconds = `${formatNumber(Math.abs(difference))} ms of ${formatNumber(whole / 1000)} s`;
  const doubt = verdict.kind === "lower" ? "" : ", which is no difference that we can detect";
  return [
    `${armName(saver)} saves ${percent(Math.abs(1 - ratio))} (95${NARROW_SPACE}%: ${percent(least ?? 0)} to ${percent(most ?? 0)}), ${seconds}${doubt}, in ${condition.label}`,
  ];
}

/** Two digits, however small. */
function percent(share: number): string {
  const value = share * 100;
  const size = Math.abs(value);
  const digits = size >= 10 || size === 0 ? 0 : Math.min(4, 1 - Math.floor(Math.log10(size)));
  return `${value < 0 ? "\u2212" : ""}${size.toFixed(digits)}${NARROW_SPACE}%`;
}
