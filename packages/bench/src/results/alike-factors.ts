import type { Condition } from "./schema.ts";

/** Whether two runs measured one setting: no factor that both name differs. Runs from before a factor had a name had what was then fixed. */
export function haveAlikeFactors(one: Condition["factors"], other: Condition["factors"]): boolean {
  return Object.entries(one).every(([name, value]) => (other[name] ?? value) === value);
}
