import type { Lab } from "../src/lab/lab.ts";
import type { Block } from "../src/results/schema.ts";
import { runBlock } from "../src/run/runner.ts";
import type { PlannedBlock } from "../src/run/schedule.ts";
import type { Scenario } from "../src/scenarios/parts/scenario.ts";

/** A block's limit is for a machine that does nothing else. Beside other packages' tests a block takes several times as long. */
const PATIENCE = 4;

/** Runs one block, as a run of the benchmark does, and waits longer for it. */
export function patientBlock(lab: Lab, scenario: Scenario, planned: PlannedBlock): Promise<Block> {
  const patient = { ...scenario, blockLimitMs: scenario.blockLimitMs * PATIENCE };
  return runBlock(lab, patient, planned, new AbortController().signal);
}
