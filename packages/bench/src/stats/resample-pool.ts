import { interpolate } from "./quantile.ts";

/** Sample positions between two rows of running counts: a search walks rows, then at most this many samples. */
const STRIDE = 64;

/**
 * The pooled samples of several groups, sorted once, so that the quantile of any resample of whole groups needs neither a copy nor a sort.
 *
 * A resample draws each group 0, 1, 2 … times, which is a weight on each of its samples. The quantile is found by binary search over rows
 * that hold, every 64 positions, how many samples of each group came before: O(groups · log samples), where building and sorting every
 * resample would be O(samples · log samples), some thousand times more at 20,000 samples.
 */
export class ResamplePool {
  readonly size: number;
  readonly #values: Float64Array;
  readonly #owners: Uint32Array;
  readonly #groupSizes: readonly number[];
  /** Row k, column g: samples of group g before position 64k. */
  readonly #countsBefore: Uint32Array;
  readonly #rows: number;

  constructor(groups: readonly ArrayLike<number>[]) {
    this.#groupSizes = groups.map((group) => group.length);
    this.size = this.#groupSizes.reduce((sum, size) => sum + size, 0);
    const values = new Float64Array(this.size);
    const owners = new Uint32Array(this.size);
    let at = 0;
    for (const [owner, group] of groups.entries()) {
      for (let index = 0; index < group.length; index++) {
        values[at] = group[index] ?? Number.NaN;
        owners[at] = owner;
        at++;
      }
    }
    const order = Uint32Array.from(values.keys()).sort((left, right) => (values[left] ?? 0) - (values[right] ?? 0));
    this.#values = Float64Array.from(order, (index) => values[index] ?? Number.NaN);
    this.#owners = Uint32Array.from(order, (index) => owners[index] ?? 0);

    const width = groups.length;
    this.#rows = Math.floor(this.size / STRIDE) + 1;
    this.#countsBefore = new Uint32Array(this.#rows * width);
    const running = new Uint32Array(width);
    for (let position = 0; position < this.size; position++) {
      if (position % STRIDE === 0) this.#countsBefore.set(running, (position / STRIDE) * width);
      const owner = this.#owners[position] ?? 0;
      running[owner] = (running[owner] ?? 0) + 1;
    }
    if (this.size % STRIDE === 0) this.#countsBefore.set(running, (this.size / STRIDE) * width);
  }

  /** How many groups there are to draw. */
  get groups(): number {
    return this.#groupSizes.length;
  }

  /** The pooled samples, ascending. */
  get sorted(): Float64Array {
    return this.#values;
  }

  /**
   * Quantile (type 7) of the resample in which group g stands `weights[g]` times.
   *
   * @throws RangeError where the resample holds no samples.
   */
  quantile(weights: ArrayLike<number>, probability: number): number {
    let total = 0;
    for (let group = 0; group < this.#groupSizes.length; group++) total += (weights[group] ?? 0) * (this.#groupSizes[group] ?? 0);
    if (total === 0) throw new RangeError("A resample needs at least one sample.");
    const rank = (total - 1) * probability;
    const below = Math.floor(rank);

    const row = this.#lastRowWithAtMost(below, weights);
    let passed = this.#weightBefore(row, weights);
    let position = row * STRIDE;
    let weight = this.#weightAt(position, weights);
    while (passed + weight <= below) {
      passed += weight;
      position++;
      weight = this.#weightAt(position, weights);
    }
    const low = this.#values[position] ?? Number.NaN;
    if (rank === below || passed + weight > below + 1) return low;
    do position++;
    while (this.#weightAt(position, weights) === 0);
    return interpolate(low, this.#values[position] ?? Number.NaN, rank - below);
  }

  #weightAt(position: number, weights: ArrayLike<number>): number {
    if (position >= this.size) throw new RangeError("The rank is beyond the resample.");
    return weights[this.#owners[position] ?? 0] ?? 0;
  }

  #weightBefore(row: number, weights: ArrayLike<number>): number {
    const width = this.#groupSizes.length;
    let sum = 0;
    for (let group = 0; group < width; group++) sum += (weights[group] ?? 0) * (this.#countsBefore[row * width + group] ?? 0);
    return sum;
  }

  #lastRowWithAtMost(rank: number, weights: ArrayLike<number>): number {
    let low = 0;
    let high = this.#rows - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#weightBefore(middle, weights) <= rank) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
