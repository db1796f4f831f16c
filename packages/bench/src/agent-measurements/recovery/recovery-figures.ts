import type { Figure } from "../../rounds/figures.ts";
import { quantile } from "../../stats/index.ts";
import type { RecoveredAnswer, RecoveryMeasured } from "./recovery-block.ts";

/** A sample, which may be of another test. */
type Sample = Partial<Pick<RecoveryMeasured, "recovery">>;

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const most = (values: readonly number[]): number => Math.max(...values);

/** Those that a kill hit. */
function hit({ recovery }: Sample): readonly RecoveredAnswer[] {
  return recovery?.answers.filter(({ kills }) => kills > 0) ?? [];
}

function meanOf(head: string, digits: number, of: (answer: RecoveredAnswer) => number): Figure<Sample> {
  return { head, of: (sample) => mean(hit(sample).map(of)), digits, compared: false, over: ofAny(mean) };
}

/** In %. */
function shareOf(head: string, is: (answer: RecoveredAnswer) => boolean): Figure<Sample> {
  return meanOf(head, 0, (answer) => (is(answer) ? 100 : 0));
}

/** Of the blocks that have any. */
function ofAny(over: (values: readonly number[]) => number): (values: readonly number[]) => number {
  return (values) => {
    const finite = values.filter(Number.isFinite);
    return finite.length === 0 ? Number.NaN : over(finite);
  };
}

/** The median of all blocks' medians, and the most of all. */
function waits(head: string, of: (answer: RecoveredAnswer) => readonly number[], compared: boolean): readonly Figure<Sample>[] {
  const all = (sample: Sample): number[] => hit(sample).flatMap(of);
  return [
    {
      head: `${head}: median`,
      of: (sample) => (all(sample).length === 0 ? Number.NaN : quantile(all(sample), 0.5)),
      digits: 0,
      compared,
      over: ofAny((values) => quantile(values, 0.5)),
    },
    { head: "most", of: (sample) => most(all(sample)), digits: 0, compared: false, over: ofAny(most) },
  ];
}

const OUTCOMES: readonly Figure<Sample>[] = [
  shareOf("whole %", ({ whole }) => whole),
  shareOf("whole when loaded again %", ({ kept }) => kept.whole),
  shareOf("cut or wrong, and told %", ({ whole, ending }) => !whole && ending === "told"),
  shareOf("cut or wrong, not told %", ({ whole, ending }) => !whole && ending !== "told"),
  // In tokens.
  meanOf("lost", 1, ({ lost }) => lost),
  meanOf("repeated", 1, ({ repeated }) => repeated),
  meanOf("seen, and said anew", 1, ({ forgotten }) => forgotten),
];

const COSTS: readonly Figure<Sample>[] = [
  meanOf("tokens generated twice", 1, ({ tokensTwice }) => tokensTwice),
  meanOf("prompt tokens again", 0, ({ promptTokensAgain }) => promptTokensAgain),
  meanOf("rows written", 0, ({ rowsWritten }) => rowsWritten),
];

const NEXT_TOKEN: readonly Figure<Sample>[] = [
  ...waits("next token, ms from the kill", ({ fromKillMs }) => fromKillMs, true),
  ...waits("ms from when it listened", ({ fromListeningMs }) => fromListeningMs, true),
];

const AWAKE: readonly Figure<Sample>[] = [
  shareOf("went on by itself %", ({ awakeMs }) => typeof awakeMs === "number"),
  ...waits("ms from when it listened", ({ awakeMs }) => (typeof awakeMs === "number" ? [awakeMs] : []), true),
];

/**
 * Of a test of killed agents: two tables, what is shown, and what it takes. `undefined` for another test. All are of the answers that were hit: means of an answer, but for the
 * times.
 */
export function recoveryFigures(samples: readonly Sample[]): readonly RecoveryTable[] | undefined {
  const answers = samples.flatMap(hit);
  if (answers.length === 0) return undefined;
  const away = answers.some(({ awakeMs }) => awakeMs !== undefined);
  return [
    { what: "what is shown", figures: OUTCOMES },
    { what: "what it takes", figures: [...(away ? AWAKE : NEXT_TOKEN), ...COSTS] },
  ];
}

export interface RecoveryTable {
  readonly what: string;
  readonly figures: readonly Figure<Sample>[];
}
