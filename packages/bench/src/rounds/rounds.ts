import type { MeasuredTest, SampleKey } from "./measured-test.ts";

export interface Rounds<Bench, Measured> {
  readonly tests: readonly MeasuredTest<Bench, Measured>[];
  readonly rounds: number;
  readonly random: () => number;
  readonly bench: Bench;
  /** No further measurement begins once it fires. */
  readonly signal: AbortSignal;
  onRound(title: string, round: number, of: number): void;
  onSample(sample: SampleKey & Measured): Promise<void>;
}

/** Measures each arm of each test once a round, in an order drawn anew for each round. */
export async function measureRounds<Bench, Measured>(plan: Rounds<Bench, Measured>): Promise<void> {
  for (const test of plan.tests) {
    const rounds = test.once === true ? 1 : plan.rounds;
    for (let round = 0; round < rounds && !plan.signal.aborted; round++) {
      plan.onRound(test.title, round, rounds);
      const order = test.arms.map((arm) => [plan.random(), arm] as const).sort(([a], [b]) => a - b);
      const measure = async ([, arm]: (typeof order)[number]): Promise<void> => {
        if (plan.signal.aborted) return;
        await plan.onSample({ test: test.id, arm: arm.id, round, ...(await arm.measure(plan.bench)) });
      };
      if (test.together === true) await all(order.map(measure));
      else for (const one of order) await measure(one);
    }
  }
}

/** Waits for every one, also where one fails: what it needs may be shared. */
async function all(measurements: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(measurements)).find((one) => one.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}
