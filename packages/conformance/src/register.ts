import type { Check } from "./check.ts";
import { startScriptedServer } from "./scripted-server.ts";

/** What registers the tests: vitest's, node:test's or Bun's. */
export interface Runner {
  readonly describe: (title: string, body: () => void) => unknown;
  readonly it: (title: string, body: () => Promise<void>) => unknown;
}

/** Registers every check, in this process. */
export function register(title: string, checks: readonly Check[], { describe, it }: Runner): void {
  describe(title, () => {
    for (const { title, run } of checks) it(title, () => run(startScriptedServer));
  });
}
