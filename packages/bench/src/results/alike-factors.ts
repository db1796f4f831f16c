import type { Condition } from "./schema.ts";

/** What was fixed before a factor had a name, where that is not what the runs since have at the same setting. The Worker compressed WebSockets until 2026-11-28. */
const BEFORE_IT_HAD_A_NAME: Condition["factors"] = { compressed: "yes" };

/** @param newest of the newer run @returns whether two runs measured one setting: no factor differs that both name, or that one had before it had a name */
export function haveAlikeFactors(newest: Condition["factors"], other: Condition["factors"]): boolean {
  return Object.entries(newest).every(([name, value]) => (other[name] ?? BEFORE_IT_HAD_A_NAME[name] ?? value) === value);
}
