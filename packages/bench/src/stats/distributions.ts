/** The distributions that intervals and p-values need, each by a published method and checked against published tables. */

/**
 * Standard normal distribution function, to about 15 digits for |x| up to 7.
 *
 * Marsaglia, G. (2004), Evaluating the Normal Distribution, Journal of Statistical Software 11(4): Taylor's series at 0.
 */
export function normalCdf(x: number): number {
  if (x < -8) return 0;
  if (x > 8) return 1;
  let term = x;
  let sum = x;
  for (let odd = 3; sum + term !== sum; odd += 2) {
    term *= (x * x) / odd;
    sum += term;
  }
  return 0.5 + (sum * Math.exp(-0.5 * x * x)) / Math.sqrt(2 * Math.PI);
}

/** @throws RangeError for a probability outside (0, 1). */
export function normalQuantile(probability: number): number {
  return inverse(normalCdf, probability, 8);
}

/**
 * Student's t distribution function. @param degrees of freedom, more than 0, need not be whole.
 *
 * By the incomplete beta function: DLMF 8.17.
 */
export function studentCdf(t: number, degrees: number): number {
  if (!(degrees > 0)) throw new RangeError(`The degrees of freedom must be above 0, not ${degrees}.`);
  if (!Number.isFinite(t)) return t > 0 ? 1 : 0;
  const tail = incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5) / 2;
  return t > 0 ? 1 - tail : tail;
}

/** Probability that |T| is `t` or more; keeps its digits far out, where 1 − {@link studentCdf} has none left. */
export function studentTwoSided(t: number, degrees: number): number {
  return Math.min(1, 2 * studentCdf(-Math.abs(t), degrees));
}

/** A report asks for the same few quantiles thousands of times, and each costs some hundred incomplete beta functions. */
const studentQuantiles = new Map<number, Map<number, number>>();

/** @throws RangeError for a probability outside (0, 1). */
export function studentQuantile(probability: number, degrees: number): number {
  const known = studentQuantiles.get(probability) ?? new Map<number, number>();
  const found = known.get(degrees) ?? inverse((t) => studentCdf(t, degrees), probability, 1e6);
  // Degrees that are not whole are Welch's, of one comparison each.
  if (Number.isInteger(degrees)) studentQuantiles.set(probability, known.set(degrees, found));
  return found;
}

/** Distribution function of the number of hits among `trials`, each with this probability. */
export function binomialCdf(hits: number, trials: number, probability: number): number {
  if (hits < 0) return 0;
  if (hits >= trials) return 1;
  // P(X ≤ k) = I_{1−p}(n − k, k + 1): DLMF 8.17.5.
  return incompleteBeta(1 - probability, trials - Math.floor(hits), Math.floor(hits) + 1);
}

/** The smallest number of hits that is not exceeded with at least this probability. */
export function binomialQuantile(level: number, trials: number, probability: number): number {
  let low = 0;
  let high = trials;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (binomialCdf(middle, trials, probability) >= level) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Bisection, to the last digit: distribution functions here are monotone and cheap. */
function inverse(cdf: (x: number) => number, probability: number, bound: number): number {
  if (!(probability > 0 && probability < 1)) throw new RangeError(`A probability must be between 0 and 1, not ${probability}.`);
  let low = -bound;
  let high = bound;
  for (let step = 0; step < 200 && low < high; step++) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (cdf(middle) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Regularised, I_x(a, b), by the continued fraction of DLMF 8.17.22, evaluated by Lentz's method (Numerical Recipes, 3rd ed., §6.4). */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  return x < (a + 1) / (a + b + 2) ? (front * betaFraction(x, a, b)) / a : 1 - (front * betaFraction(1 - x, b, a)) / b;
}

function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  const atLeastTiny = (value: number): number => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / atLeastTiny(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / atLeastTiny(1 + even * d);
    c = atLeastTiny(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / atLeastTiny(1 + odd * d);
    c = atLeastTiny(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) return fraction;
  }
  throw new RangeError(`The incomplete beta function did not converge at x = ${x}, a = ${a}, b = ${b}.`);
}

const LANCZOS: readonly [number, ...number[]] = [
  0.999_999_999_999_809_9, 676.520_368_121_885_1, -1_259.139_216_722_402_8, 771.323_428_777_653_1, -176.615_029_162_140_6,
  12.507_343_278_686_905, -0.138_571_095_265_720_12, 9.984_369_578_019_572e-6, 1.505_632_735_149_311_6e-7,
];

/** Lanczos' approximation with g = 7 and nine terms, about 15 digits for arguments above 0. */
function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const shifted = x - 1;
  const [first, ...rest] = LANCZOS;
  const series = rest.reduce((sum, coefficient, index) => sum + coefficient / (shifted + index + 1), first);
  const base = shifted + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(base) - base + Math.log(series);
}

/**
 * Probability that χ² with a whole number of degrees of freedom is `x` or more.
 *
 * By its finite sums: Abramowitz and Stegun (1964), Handbook of Mathematical Functions, 26.4.4 and 26.4.5.
 */
export function chiSquaredTail(x: number, degrees: number): number {
  if (!(Number.isInteger(degrees) && degrees > 0))
    throw new RangeError(`The degrees of freedom must be a whole number above 0, not ${degrees}.`);
  if (x <= 0) return 1;
  const isOdd = degrees % 2 === 1;
  const density = isOdd ? Math.sqrt((2 * x) / Math.PI) * Math.exp(-x / 2) : Math.exp(-x / 2);
  let term = density;
  let sum = degrees === 1 ? 0 : term;
  for (let k = isOdd ? 3 : 2; k <= degrees - 2; k += 2) {
    term *= x / k;
    sum += term;
  }
  return Math.min(1, isOdd ? 2 * (1 - normalCdf(Math.sqrt(x))) + sum : sum);
}

/**
 * Probability that a ratio of two variances, each over its expectation, is `x` or more: F with these degrees of freedom. @param below need not be
 * whole.
 *
 * By the incomplete beta function: Abramowitz and Stegun (1964), 26.6.2.
 */
export function varianceRatioTail(x: number, above: number, below: number): number {
  if (!(above > 0 && below > 0)) throw new RangeError(`The degrees of freedom must be above 0, not ${above} and ${below}.`);
  return x <= 0 ? 1 : incompleteBeta(below / (below + above * x), below / 2, above / 2);
}
