import type { LocalInstrument, ScenarioResult } from "./schema.ts";

/** The scenarios that ran on a network before files said so. */
const onNetwork: ReadonlySet<string> = new Set([
  "distance",
  "distance-node",
  "stalls",
  "map",
  "outage",
  "nat",
  "worker-restart",
  "tool-loop-far",
]);

/** In which program the client runs: those scenarios have named it since they run on a network. `distance` was behind a fault proxy before. */
const CLIENT = "client";

/** Of files that do not say what a scenario was measured with. Files since 2026-11-29T13:30Z do. */
export function olderInstrument({ name, conditions }: Pick<ScenarioResult, "name" | "conditions">): LocalInstrument {
  return onNetwork.has(name) && conditions.every(({ factors }) => CLIENT in factors) ? "network" : "loopback";
}
