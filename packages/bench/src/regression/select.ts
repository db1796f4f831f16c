import { quantileName } from "../report/words/format.ts";
import { nearest, UsageError } from "../usage/errors.ts";
import type { Metric, ScenarioResult } from "../results/schema.ts";

/** Which figures are compared, and how much worse one may be, as a share: 0.05 is 5 %. */
export interface Selector {
  readonly scenario: string;
  readonly metric?: string;
  readonly quantile?: string;
  readonly maxRegression?: number;
}

/** `5%` or `0.05`. @throws UsageError */
export function parseShare(text: string, option: string): number {
  const match = /^(\d+(?:\.\d+)?)(%?)$/.exec(text);
  if (match === null) throw new UsageError(`${option} ${text}: give a share, as in 5% or 0.05.`);
  return Number(match[1]) / (match[2] === "%" ? 100 : 1);
}

/** `scenario`, `scenario/metric`, `scenario/metric/p99`, each with `=10%` behind it where it has a threshold of its own. @throws UsageError */
export function parseSelector(text: string): Selector {
  const [path = "", share, ...more] = text.split("=");
  const [scenario = "", metric, quantile, ...deeper] = path.split("/");
  if (scenario === "" || more.length > 0 || deeper.length > 0 || (quantile !== undefined && !/^p\d+(\.\d+)?$/.test(quantile))) {
    throw new UsageError(
      `--metric ${text}: give scenario, scenario/metric or scenario/metric/p50, with an optional threshold such as =10%.`,
    );
  }
  return {
    scenario,
    ...(metric === undefined ? {} : { metric }),
    ...(quantile === undefined ? {} : { quantile }),
    ...(share === undefined ? {} : { maxRegression: parseShare(share, `--metric ${path}`) }),
  };
}

export interface Selected {
  readonly scenario: ScenarioResult;
  readonly metric: Metric;
  readonly quantile: number;
  readonly maxRegression: number;
}

/**
 * The headlines (each scenario's first metric at its first quantile) where nothing is named; else what is named, with the last that names a
 * figure deciding its threshold.
 *
 * @throws UsageError where a name is of nothing that was measured
 */
export function select(scenarios: readonly ScenarioResult[], selectors: readonly Selector[], maxRegression: number): Selected[] {
  for (const selector of selectors) assertKnown(selector, scenarios);
  return scenarios.flatMap((scenario) =>
    scenario.metrics.flatMap((metric, place) =>
      metric.quantiles.flatMap((quantile, rank) => {
        if (selectors.length === 0) return place === 0 && rank === 0 ? [{ scenario, metric, quantile, maxRegression }] : [];
        const named = selectors.findLast(
          (one) =>
            one.scenario === scenario.name &&
            (one.metric ?? metric.id) === metric.id &&
            (one.quantile ?? quantileName(quantile)) === quantileName(quantile),
        );
        return named === undefined ? [] : [{ scenario, metric, quantile, maxRegression: named.maxRegression ?? maxRegression }];
      }),
    ),
  );
}

function assertKnown(selector: Selector, scenarios: readonly ScenarioResult[]): void {
  const scenario = scenarios.find(({ name }) => name === selector.scenario);
  if (scenario === undefined)
    throw unknown(
      "scenario",
      selector.scenario,
      scenarios.map(({ name }) => name),
    );
  if (selector.metric === undefined) return;
  const metric = scenario.metrics.find(({ id }) => id === selector.metric);
  if (metric === undefined)
    throw unknown(
      `metric of ${scenario.name}`,
      selector.metric,
      scenario.metrics.map(({ id }) => id),
    );
  const names = metric.quantiles.map(quantileName);
  if (selector.quantile !== undefined && !names.includes(selector.quantile))
    throw unknown(`quantile of ${metric.id}`, selector.quantile, names);
}

function unknown(what: string, name: string, names: readonly string[]): UsageError {
  const meant = nearest(name, names);
  return new UsageError(
    `There is no ${what} ${name} in both files. ${meant === undefined ? `There are ${names.join(", ")}.` : `Did you mean ${meant}?`}`,
  );
}
