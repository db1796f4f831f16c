import { recordedLink } from "@agent-transports/lab/network";
import { sayWhatIsLeftOut } from "@agent-transports/lab/tools";
import { builtInTraffic, traceTraffic } from "@agent-transports/lab/traffic";
import { folderOf, loadResults, prepare } from "../../results/store.ts";
import type { DeploymentLimits } from "../../run/budget.ts";
import { readEnvironment } from "../../run/environment.ts";
import { assertResumable, assertSameScenarios, stepsOf } from "../../run/resumable.ts";
import { allScenarios } from "../../scenarios/index.ts";
import { measure } from "./measure.ts";

export interface ResumeOptions extends DeploymentLimits {
  readonly command: "resume";
  readonly file: string;
  readonly trace: string | undefined;
  /** `FILE.down,FILE.up`. */
  readonly link: string | undefined;
  readonly port: number;
  /** Goes on with another program, or on another machine. */
  readonly anyway: boolean;
  readonly json: boolean;
}

/** Goes on where a run was cut: the same seed, the same schedule, into the same file. @returns the exit code */
export async function resume(options: ResumeOptions): Promise<number> {
  const results = await loadResults(options.file);
  const environment = await readEnvironment();
  assertResumable(results, environment, options.anyway);
  const traffic = options.trace === undefined ? builtInTraffic() : await traceTraffic(options.trace);
  const recorded = options.link === undefined ? undefined : await recordedLink(options.link);
  const all = allScenarios({ peers: results.options.peers, recorded });
  assertSameScenarios(results, all, { traffic: traffic.name, link: recorded?.source });
  const out = folderOf(options.file);
  await prepare(out);
  const url = results.options.target === null ? undefined : new URL(results.options.target);
  sayWhatIsLeftOut(url);
  const { steps, remeasured } = stepsOf(results, all, url !== undefined);
  results.resumed = [...(results.resumed ?? []), { at: new Date().toISOString(), environment, remeasured }];
  const left = steps.reduce((sum, { plan }) => sum + plan.length, 0);
  process.stderr.write(
    `${left} blocks are left${remeasured === 0 ? "" : `; ${remeasured} of them had been measured in pair groups that were cut in two, and are measured anew`}.\n`,
  );
  return measure({ ...options, results, steps, traffic, out, url });
}
