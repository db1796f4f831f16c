import { recordedLink } from "@agent-transports/lab/network";
import { sayWhatIsLeftOut } from "@agent-transports/lab/tools";
import { builtInTraffic, traceTraffic } from "@agent-transports/lab/traffic";
import { NOT_ASKED } from "../../results/names.ts";
import { RESULTS_SCHEMA, RESULTS_VERSION, type Results } from "../../results/schema.ts";
import { prepare } from "../../results/store.ts";
import type { DeploymentLimits } from "../../run/budget.ts";
import { readEnvironment } from "../../run/environment.ts";
import { planScenario } from "../../run/plan-scenario.ts";
import { emptyResult } from "../../run/runner.ts";
import { allScenarios } from "../../scenarios/index.ts";
import type { Depth } from "../../scenarios/parts/scenario.ts";
import { measure } from "./measure.ts";

export interface RunOptions extends DeploymentLimits {
  readonly command: "run";
  readonly scenarios: readonly string[];
  readonly depth: Depth;
  readonly seed: number;
  readonly out: string;
  readonly trace: string | undefined;
  /** `FILE.down,FILE.up`. */
  readonly link: string | undefined;
  readonly url: URL | undefined;
  readonly handicap: { readonly arm: "sse" | "ws"; readonly ms: number } | null;
  readonly port: number;
  /** Measures what people use today beside ours. */
  readonly peers: boolean;
  readonly json: boolean;
}

/** Measures, saves after every block, and writes the report. @returns the exit code */
export async function run(options: RunOptions): Promise<number> {
  const traffic = options.trace === undefined ? builtInTraffic() : await traceTraffic(options.trace);
  const recorded = options.link === undefined ? undefined : await recordedLink(options.link);
  await prepare(options.out);
  sayWhatIsLeftOut(options.url);
  const isRemote = options.url !== undefined;
  const all = allScenarios({ peers: options.peers, recorded });
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
      ...(recorded !== undefined && { link: recorded.source }),
    },
    environment: await readEnvironment(),
    // What was not asked for is in the report too, with that as its reason.
    scenarios: all.map(
      (scenario) => steps.find((step) => step.scenario === scenario)?.result ?? emptyResult(scenario, NOT_ASKED, options.depth),
    ),
  };
  return measure({ ...options, results, steps, traffic });
}
