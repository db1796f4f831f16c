/**
 * The highest rate of failures that fits what was counted, at 95 %: Clopper and Pearson's upper bound, one-sided. Where none of n failed, it is
 * 1 − 0.05^(1/n), which is about 3/n: the rule of three.
 */
export function upperBound(failures: number, trials: number): number {
  if (trials === 0 || failures >= trials) return 1;
  if (failures === 0) return 1 - 0.05 ** (1 / trials);
  let low = failures / trials;
  let high = 1;
  // Halved often enough for a double.
  for (let n = 0; n < 60; n++) {
    const middle = (low + high) / 2;
    if (atMost(failures, trials, middle) > 0.05) low = middle;
    else high = middle;
  }
  return high;
}

/** The chance of so many failures or fewer. */
function atMost(failures: number, trials: number, rate: number): number {
  let sum = 0;
  let logChoose = 0;
  for (let k = 0; k <= failures; k++) {
    if (k > 0) logChoose += Math.log((trials - k + 1) / k);
    sum += Math.exp(logChoose + k * Math.log(rate) + (trials - k) * Math.log1p(-rate));
  }
  return sum;
}
