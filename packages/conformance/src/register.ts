import type { Check } from "./check.ts";
import { startScriptedServer, type Distance } from "./scripted-server.ts";

/** What registers the tests: vitest's, node:test's or Bun's. */
export interface Runner {
  readonly describe: (title: string, body: () => void) => unknown;
  readonly it: (title: string, body: () => Promise<void>) => unknown;
}

export function titleOf(what: string, { delayMs = 0 }: Distance): string {
  return delayMs === 0 ? what : `${what}, ${delayMs} ms away`;
}

/** Registers every check, in this process. */
export function register(title: string, checks: readonly Check[], { describe, it }: Runner, distance: Distance = {}): void {
  describe(title, () => {
    for (const { title, run } of checks) it(title, () => run(() => startScriptedServer(distance)));
  });
}
