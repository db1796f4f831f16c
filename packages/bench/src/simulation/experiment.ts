import type { PairGroup, Random } from "../stats/index.ts";

/** How synthetic latencies are made: log-normal, with effects that a pair group's blocks share, and that a block's samples share. */
export interface Shape {
  readonly id: string;
  readonly label: string;
  /** Standard deviations of the log: between groups, between blocks of a group, between samples of a block. */
  readonly groupSpread: number;
  readonly blockSpread: number;
  readonly sampleSpread: number;
  /** By how much the log rises from the first block to the last. */
  readonly drift: number;
  /** Share of samples that a Pareto factor with tail index 1.5 lengthens: heavy tails, without a variance. */
  readonly tailShare: number;
  /** Share of blocks that something else on the machine makes twice as slow. */
  readonly contaminatedShare: number;
}

const plain: Shape = {
  id: "plain",
  label: "block effects only",
  groupSpread: 0.1,
  blockSpread: 0.06,
  sampleSpread: 0.25,
  drift: 0,
  tailShare: 0,
  contaminatedShare: 0,
};

/** Spreads are those of the quiet conditions of a real quick run; what is planted on top is chosen, not measured. */
export const shapes: readonly Shape[] = [
  plain,
  { ...plain, id: "drift", label: "drift by a factor of 1.3", drift: Math.log(1.3) },
  { ...plain, id: "tails", label: "heavy tails in 5 % of samples", tailShare: 0.05 },
  { ...plain, id: "contaminated", label: "2 % of blocks twice as slow", contaminatedShare: 0.02 },
  { ...plain, id: "all", label: "all of these", drift: Math.log(1.3), tailShare: 0.05, contaminatedShare: 0.02 },
];

const PARETO_INDEX = 1.5;
const CONTAMINATION = 2;

/** One experiment's groups, A B B A in time with a coin for each group, as the benchmark runs them. */
export interface Experiment {
  /** Numerator over denominator; every quantile of the one is so many times the other's. */
  readonly effect: readonly PairGroup[];
  /** The denominator arm's two blocks of each group, in the order in which they ran: what the A/A control is made of. */
  readonly control: readonly { readonly first: readonly number[]; readonly second: readonly number[] }[];
}

export function makeExperiment(shape: Shape, groups: number, samplesPerBlock: number, ratio: number, random: Random): Experiment {
  const normal = normals(random);
  const effect: PairGroup[] = [];
  const control: { first: readonly number[]; second: readonly number[] }[] = [];
  const last = Math.max(1, 4 * groups - 1);
  for (let group = 0; group < groups; group++) {
    const groupEffect = shape.groupSpread * normal();
    const numeratorFirst = random() < 0.5;
    const block = (position: number, scale: number): number[] => {
      const contamination = random() < shape.contaminatedShare ? CONTAMINATION : 1;
      const shared = groupEffect + shape.blockSpread * normal() + shape.drift * ((4 * group + position) / last);
      return Array.from({ length: samplesPerBlock }, () => {
        const tail = random() < shape.tailShare ? (1 - random()) ** (-1 / PARETO_INDEX) : 1;
        return scale * contamination * tail * Math.exp(shared + shape.sampleSpread * normal());
      });
    };
    const [a, b] = numeratorFirst ? [ratio, 1] : [1, ratio];
    const [first, second, third, fourth] = [block(0, a), block(1, b), block(2, b), block(3, a)];
    const outer = [first, fourth] as const;
    const inner = [second, third] as const;
    const [numerator, denominator] = numeratorFirst ? [outer, inner] : [inner, outer];
    effect.push({ numerator: numerator.flat(), denominator: denominator.flat() });
    control.push({ first: denominator[0], second: denominator[1] });
  }
  return { effect, control };
}

/** Standard normal numbers, two for two uniform ones: Box and Muller (1958). */
export function normals(random: Random): () => number {
  let spare: number | undefined;
  return () => {
    if (spare !== undefined) {
      const kept = spare;
      spare = undefined;
      return kept;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    const angle = 2 * Math.PI * random();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}
