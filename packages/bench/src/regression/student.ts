/**
 * P(T ≤ t) of Student's distribution with a whole number of degrees of freedom, in closed form.
 *
 * Abramowitz and Stegun (1964), Handbook of Mathematical Functions, 26.7.3 and 26.7.4.
 */
function studentCdf(t: number, degrees: number): number {
  const theta = Math.atan(t / Math.sqrt(degrees));
  const [sin, cos] = [Math.sin(theta), Math.cos(theta)];
  const isOdd = degrees % 2 === 1;
  let term = isOdd ? cos : 1;
  let sum = degrees === 1 ? 0 : term;
  for (let k = isOdd ? 3 : 2; k <= degrees - 2; k += 2) {
    term *= (cos * cos * (k - 1)) / k;
    sum += term;
  }
  const within = isOdd ? (2 / Math.PI) * (theta + sin * sum) : sin * sum;
  return 0.5 + within / 2;
}

/** Above so many degrees the quantiles differ in the fourth digit. */
const MOST_DEGREES = 2_000;

/**
 * Quantile of Student's distribution, for probabilities above one half.
 *
 * @throws RangeError for fewer than 1 degree of freedom, or a probability outside (0.5, 1)
 */
export function studentQuantile(probability: number, degrees: number): number {
  if (!(probability > 0.5 && probability < 1)) throw new RangeError(`The probability must be between 0.5 and 1, not ${probability}.`);
  const whole = Math.min(MOST_DEGREES, Math.floor(degrees));
  if (!(whole >= 1)) throw new RangeError(`The degrees of freedom must be at least 1, not ${degrees}.`);
  let [low, high] = [0, 1];
  while (studentCdf(high, whole) < probability && high < 1e12) high *= 2;
  for (let step = 0; step < 100; step++) {
    const middle = (low + high) / 2;
    if (studentCdf(middle, whole) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
