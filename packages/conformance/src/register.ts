import type { Check } from "./check.ts";
import { startScriptedServer } from "./scripted-server.ts";

/** What registers the tests: vitest's, node:test's or Bun's. */
export interface Runner {
  readonly describe: (title: string, body: () => void) => unknown;
  readonly it: {
    (title: string, body: () => Promise<void>): unknown;
    readonly skip: (title: string, body: () => Promise<void>) => unknown;
  };
}

/** Registers every check, in this process; one that is skipped is registered as such, with why. */
export function register(title: string, checks: readonly Check[], { describe, it }: Runner): void {
  describe(title, () => {
    for (const { title, skip, run } of checks) {
      const body = (): Promise<void> => run(startScriptedServer);
      if (skip === undefined) it(title, body);
      else it.skip(`${title} (not here: ${skip})`, body);
    }
  });
}
