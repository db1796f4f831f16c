import type { MeasuredTest } from "../../rounds/measured-test.ts";
import { seededRandom } from "../../stats/index.ts";
import { recoveryArms } from "./recovery-arms.ts";
import { recoveryBlock, type RecoveryMeasured, type RecoveryParts, type RecoveryPlan } from "./recovery-block.ts";

/** What the tests of killed agents are made with. */
export interface RecoveryBench extends RecoveryParts {
  readonly recovery: RecoverySettings;
}

export interface RecoverySettings {
  /** Of an answer. */
  readonly tokens: number;
  readonly awayMs: number;
  /** When the answers of a block are hit, from 0 to 1. Each arm of a test gets the same ones, round by round. */
  readonly moments: (test: string, arm: string) => readonly number[];
}

/** Twenty tokens a second. */
const EVERY_MS = 50;

export const recoveryTests: readonly MeasuredTest<RecoveryBench, RecoveryMeasured>[] = [
  recoveryTest("recovery-once", "an agent is killed once while it answers", "once"),
  recoveryTest("recovery-deploys", "ten kills, each 2 s after the Worker listened again", "deploys"),
  recoveryTest("recovery-away", "killed once, and nobody asks for a while", "away"),
];

function recoveryTest(id: string, title: string, kills: RecoveryPlan["kills"]): MeasuredTest<RecoveryBench, RecoveryMeasured> {
  const arms = recoveryArms.map((arm) => ({
    id: arm.id,
    label: arm.label,
    measure(bench: RecoveryBench): Promise<RecoveryMeasured> {
      const { tokens, awayMs, moments } = bench.recovery;
      return recoveryBlock(bench, arm, { tokens, everyMs: EVERY_MS, kills, awayMs, moments: moments(id, arm.id) });
    },
  }));
  return { id, title, arms };
}

/** Moments that are spread over an answer, one at random in each part of it. @param answers of a block */
export function drawMoments(answers: number, seed: number): RecoverySettings["moments"] {
  const random = seededRandom(seed);
  const rounds = new Map<string, number[][]>();
  const asked = new Map<string, number>();
  return (test, arm) => {
    const of = rounds.get(test) ?? [];
    rounds.set(test, of);
    const key = `${test} ${arm}`;
    const round = asked.get(key) ?? 0;
    asked.set(key, round + 1);
    while (of.length <= round) of.push(Array.from({ length: answers }, (_, index) => (index + random()) / answers));
    return of[round] ?? [];
  };
}
