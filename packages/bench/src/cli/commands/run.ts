import { sayWhatIsLeftOut } from "@agent-transports/lab/tools";
import { builtInTraffic, traceTraffic } from "@agent-transports/lab/traffic";
import { readEnvironment } from "../../run/environment.ts";
import { measure } from "./measure.ts";
import type { RunOptions } from "../options.ts";
import { withPeers } from "../../peer-blocks/with-peers.ts";
import { planScenario } from "../../run/plan-scenario.ts";
import { RESULTS_SCHEMA, RESULTS_VERSION, type Results } from "../../results/schema.ts";
import { emptyResult, NOT_ASKED } from "../../run/runner.ts";
import { scenarios } from "../../scenarios/index.ts";
import { prepare } from "../../results/store.ts";

/** Measures, saves after every block, and writes the report. @returns the exit code */
export async function run(options: RunOptions): Promise<number> {
  const traffic = options.trace === undefined ? builtInTraffic() : await traceTraffic(options.trace);
  await prepare(options.out);
  sayWhatIsLeftOut(options.url);
  const isRemote = options.url !== undefined;
  const all = options.peers ? scenarios.map(withPeers) : scenarios;
  const chosen = all.filter(({ name }) => options.scenarios.includes(name));
  const steps = chosen.map((scenario) => ({
    scenario,
    result: emptyResult(scenario, isRemote ? scenario.notRemote : null, options.depth),
    plan: planScenario(scenario, { depth: options.depth, seed: options.seed, isRemote }),
  }));
  const results: Results = {
    schema: RESULTS_SCHEMA,
    version: RESULTS_VERSION,
    startedAt: new Date().toISOString(),
    finishedAt: null,
    status: "running",
    options: {
      depth: options.depth,
      seed: options.seed,
      scenarios: chosen.map(({ name }) => name),
      traffic: traffic.name,
      target: options.url?.href ?? null,
      handicap: options.handicap,
      peers: options.peers,
    },
    environment: await readEnvironment(),
    // What was not asked for is in the report too, with that as its reason.
    scenarios: all.map(
      (scenario) => steps.find((step) => step.scenario === scenario)?.result ?? emptyResult(scenario, NOT_ASKED, options.depth),
    ),
  };
  return measure({ ...options, results, steps, traffic });
}
