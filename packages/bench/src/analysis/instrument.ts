import { networkArms } from "../scenarios/parts/network-arms.ts";
import type { ScenarioResult } from "../results/schema.ts";
import type { Instrument } from "./facts/index.ts";

/** What a network has and loopback has not: versions of HTTP, each an arm of its own. */
const versions: readonly string[] = networkArms.map(({ id }) => id).filter((id) => id !== "sse" && id !== "ws");

export function instrumentOf({ arms }: Pick<ScenarioResult, "arms">, isRemote: boolean): Instrument {
  if (isRemote) return "deployment";
  return arms.some(({ id }) => versions.includes(id)) ? "network" : "loopback";
}
