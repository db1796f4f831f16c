import { quantile } from "../stats/index.ts";
import type { SampleKey } from "./measured-test.ts";

/** One column of a table, and its ratios to named peers. */
export interface Figure<Sample> {
  readonly head: string;
  /** NaN where a sample has none. */
  readonly of: (sample: Sample) => number;
  readonly digits: number;
  /** Whether its ratios to the peers stand beside it. */
  readonly compared: boolean;
  /** Over the rounds: the median, if absent. */
  readonly over?: (values: readonly number[]) => number;
  /** What stands for a value that is not finite, beside the dash for none. */
  readonly infinite?: string;
}

/** One test's figures, in words. */
export interface FigureTable {
  readonly id: string;
  readonly title: string;
  readonly head: readonly string[];
  /** One for each arm that was measured; its label first. */
  readonly rows: readonly (readonly string[])[];
}

interface Titled {
  readonly id: string;
  readonly title: string;
  readonly arms: readonly { readonly id: string; readonly label: string }[];
}

/** Figures over the rounds, and their ratios to named peers in the same run; `undefined` where the test has no samples. */
export function figureTable<Sample extends SampleKey>(
  test: Titled,
  samples: readonly Sample[],
  figures: readonly Figure<Sample>[],
  peers: readonly string[],
): FigureTable | undefined {
  const of = (arm: string): Sample[] => samples.filter((one) => one.test === test.id && one.arm === arm);
  const arms = test.arms.filter(({ id }) => of(id).length > 0);
  if (arms.length === 0) return undefined;
  const overRounds = (arm: string, figure: Figure<Sample>): number => {
    const values = of(arm).map(figure.of);
    return values.length === 0 ? Number.NaN : (figure.over ?? ((all) => quantile(all, 0.5)))(values);
  };
  const head = figures.flatMap((figure) => [figure.head, ...(figure.compared ? peers.map((peer) => `÷ ${peer}`) : [])]);
  const rows = arms.map(({ id, label }) => [
    label,
    ...figures.flatMap((figure) => {
      const value = overRounds(id, figure);
      const ratios = figure.compared ? peers.map((peer) => inWords(value / overRounds(peer, figure), 2)) : [];
      return [value === Number.POSITIVE_INFINITY ? (figure.infinite ?? "–") : inWords(value, figure.digits), ...ratios];
    }),
  ]);
  return { id: test.id, title: test.title, head, rows };
}

/** A dash where there is no figure: a peer that was not run, an arm that has none. */
function inWords(value: number, digits: number): string {
  return Number.isFinite(value) ? value.toFixed(digits) : "–";
}
