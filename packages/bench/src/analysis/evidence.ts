/** The effects and intervals behind each claim's verdict. */
import { countedHeadlines } from "./claims.ts";
import type { ClaimEvidence, ClaimVerdict, ScenarioAnalysis } from "./facts/index.ts";

export function evidenceOf(claims: readonly ClaimVerdict[], scenarios: readonly ScenarioAnalysis[]): ClaimEvidence[] {
  return claims.map(({ number, scenarios: counted }) => ({
    number,
    points: scenarios
      .filter(({ name }) => counted.includes(name))
      .flatMap((scenario) =>
        countedHeadlines(number, scenario).flatMap(({ condition, metric, comparison }) =>
          comparison.effect === null
            ? []
            : [
                {
                  scenario: scenario.name,
                  condition: condition.label,
                  metric: metric.label,
                  statistic: comparison.statistic,
                  ratio: comparison.effect.ratio,
                  interval: comparison.effect.interval,
                },
              ],
        ),
      ),
  }));
}
