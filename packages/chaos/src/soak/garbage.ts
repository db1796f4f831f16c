import { setImmediate as nextTurn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

let collect: (() => void) | undefined;

/** Collects this process's garbage, and what its finalizers let go of. Any process can do it, however it was started. */
export async function collectGarbage(): Promise<void> {
  if (collect === undefined) {
    setFlagsFromString("--expose-gc");
    const gc: () => void = runInNewContext("gc");
    collect = gc;
  }
  collect();
  await nextTurn();
  collect();
}
