import { RefusedError } from "../usage/errors.ts";
import type { Results } from "./schema.ts";

/** @throws RefusedError where two of them are one run: it would count twice */
export function assertOnce(runs: readonly { readonly file: string; readonly results: Pick<Results, "startedAt"> }[]): void {
  const twice = runs.find(({ results }, index) => runs.findIndex((one) => one.results.startedAt === results.startedAt) !== index);
  if (twice !== undefined)
    throw new RefusedError("other-settings", `${twice.file} began when another of these runs did: give each run once.`);
}
