import type { ControlPair, PairGroup, Random } from "../stats/index.ts";

/** How synthetic latencies are made, but for how much blocks differ. */
export interface Shape {
  readonly id: string;
  readonly label: string;
  /** By how much the log rises from the first block to the last. */
  readonly drift: number;
  /** Share of samples that a Pareto factor with tail index 1.5 lengthens: heavy tails, without a variance. */
  readonly tailShare: number;
  /** Share of blocks that something else on the machine makes twice as slow. */
  readonly contaminatedShare: number;
}

/** Standard deviations of the log: between pair groups, and between the blocks of a group. Real runs': measured.ts. */
export interface Spreads {
  readonly groups: number;
  readonly blocks: number;
}

const plain: Shape = { id: "plain", label: "block effects only", drift: 0, tailShare: 0, contaminatedShare: 0 };

/** What is planted on top of the spreads is chosen, not measured. */
export const shapes: readonly Shape[] = [
  plain,
  { ...plain, id: "drift", label: "drift by a factor of 1.3", drift: Math.log(1.3) },
  { ...plain, id: "tails", label: "heavy tails in 5 % of samples", tailShare: 0.05 },
  { ...plain, id: "contaminated", label: "2 % of blocks twice as slow", contaminatedShare: 0.02 },
  { ...plain, id: "all", label: "all of these", drift: Math.log(1.3), tailShare: 0.05, contaminatedShare: 0.02 },
];

/** @throws RangeError for none of this name */
export function shapeOf(id: string): Shape {
  const shape = shapes.find((one) => one.id === id);
  if (shape === undefined) throw new RangeError(`There is no shape ${id}.`);
  return shape;
}

const PARETO_INDEX = 1.5;
const CONTAMINATION = 2;
/** Between the samples of a block: little, so that a block's median varies as blocks do. */
const SAMPLE_SPREAD = 0.1;

/** One experiment's groups, A B B A in time with a coin for each group, as the benchmark runs them. */
export interface Experiment {
  /** Numerator over denominator; every quantile of the one is so many times the other's. */
  readonly effect: readonly PairGroup[];
  /** Each arm's two blocks of each group, in the order in which they ran: what the A/A control is made of. */
  readonly controls: Readonly<Record<"numerator" | "denominator", readonly ControlPair[]>>;
}

export interface Planned {
  readonly shape: Shape;
  readonly spreads: Spreads;
  readonly groups: number;
  readonly samplesPerBlock: number;
  readonly ratio: number;
}

/** The denominator's samples are about 100: a ratio of 1.1 is a difference of about 10. */
const LEVEL = 100;

export function makeExperiment({ shape, spreads, groups, samplesPerBlock, ratio }: Planned, random: Random): Experiment {
  const normal = normals(random);
  const effect: PairGroup[] = [];
  const controls: { numerator: ControlPair[]; denominator: ControlPair[] } = { numerator: [], denominator: [] };
  const last = Math.max(1, 4 * groups - 1);
  for (let pair = 0; pair < groups; pair++) {
    const groupEffect = spreads.groups * normal();
    const numeratorFirst = random() < 0.5;
    const block = (position: number, scale: number): number[] => {
      const contamination = random() < shape.contaminatedShare ? CONTAMINATION : 1;
      const shared = groupEffect + spreads.blocks * normal() + shape.drift * ((4 * pair + position) / last);
      return Array.from({ length: samplesPerBlock }, () => {
        const tail = random() < shape.tailShare ? (1 - random()) ** (-1 / PARETO_INDEX) : 1;
        return LEVEL * scale * contamination * tail * Math.exp(shared + SAMPLE_SPREAD * normal());
      });
    };
    const [a, b] = numeratorFirst ? [ratio, 1] : [1, ratio];
    const [first, second, third, fourth] = [block(0, a), block(1, b), block(2, b), block(3, a)];
    const outer: [number[], number[]] = [first, fourth];
    const inner: [number[], number[]] = [second, third];
    const [numerator, denominator] = numeratorFirst ? [outer, inner] : [inner, outer];
    effect.push({ numerator, denominator });
    controls.numerator.push({ pair, first: numerator[0], second: numerator[1] });
    controls.denominator.push({ pair, first: denominator[0], second: denominator[1] });
  }
  return { effect, controls };
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
