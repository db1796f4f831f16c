/** What is wrong with the raw results that a run left behind. */
import type { Results } from "../src/results/schema.ts";
import { FLOOR_ARM } from "../src/scenarios/parts/arms.ts";
import { nativeArms } from "../src/scenarios/reconnect-browser.ts";

/** @returns one sentence a problem; none where the results are whole */
export function checkResults(results: Results): string[] {
  const problems: string[] = [];
  if (results.status !== "complete") problems.push(`The run is ${results.status}, not complete.`);
  for (const name of results.options.scenarios) {
    const scenario = results.scenarios.find((one) => one.name === name);
    if (scenario === undefined) problems.push(`${name}: was asked for and is not in the results.`);
    else if (scenario.notRun === null && scenario.blocks.length === 0) problems.push(`${name}: has no blocks and does not say why.`);
  }
  for (const scenario of results.scenarios) {
    // What others lose are their figures. Whatever else there is, is ours.
    const peers = scenario.arms.filter(({ peer }) => peer !== undefined);
    const notOurs = new Set([FLOOR_ARM, ...nativeArms, ...peers].map(({ id }) => id));
    for (const block of scenario.blocks) {
      const where = `${scenario.name}, ${block.condition}, ${block.arm}, pair ${block.pair}, position ${block.position}`;
      if (block.error !== undefined) problems.push(`${where}: ${block.error}`);
      if (notOurs.has(block.arm)) continue;
      if (block.integrity === null) problems.push(`${where}: its events were not checked.`);
      else {
        const { expected, received, lost, repeated, reordered } = block.integrity;
        if (lost + repeated + reordered > 0) problems.push(`${where}: lost ${lost}, repeated ${repeated}, reordered ${reordered}.`);
        if (expected === 0 || received !== expected) problems.push(`${where}: received ${received} of ${expected} events.`);
      }
    }
  }
  return problems;
}
