import { startControl, type Control } from "@agent-transports/conformance/control";
import type { Greeting, Outcome } from "@agent-transports/conformance/runtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ASK_LIMIT_MS, type Runtime } from "./runtime.ts";
import { suites } from "./suites.ts";

export interface RuntimeUnderTest {
  readonly name: string;
  /** What `navigator.userAgent` must say there. */
  readonly userAgent: RegExp;
  /** @param origin where a page may be */
  start(origin: URL): Promise<Runtime>;
  /** By title: why this runtime cannot have a case. */
  readonly cannot?: Readonly<Record<string, string>>;
}

/** Registers every case of both clients, each run in the runtime, with the scripted server in this process. */
export function describeRuntime({ name, userAgent, start, cannot = {} }: RuntimeUnderTest): void {
  describe(`in ${name}`, { timeout: ASK_LIMIT_MS + 5_000 }, () => {
    let control: Control;
    let runtime: Runtime;
    beforeAll(async () => {
      control = await startControl();
      runtime = await start(control.url);
    }, 60_000);
    afterAll(async () => {
      await runtime?.close();
      await control?.close();
    });

    it("is that runtime, and has every case of both clients", async () => {
      const greeting = (await runtime.ask({})) as Greeting;
      expect(greeting.userAgent).toMatch(userAgent);
      expect(greeting.suites).toEqual(Object.fromEntries(Object.entries(suites).map(([suite, checks]) => [suite, checks.length])));
    });

    it("skips only cases that there are", () => {
      const titles = Object.values(suites).flatMap((checks) => checks.map(({ title }) => title));
      expect(Object.keys(cannot).filter((title) => !titles.includes(title))).toEqual([]);
    });

    for (const [suite, checks] of Object.entries(suites)) {
      describe(suite, () => {
        for (const { title, skip = cannot[title] } of checks) {
          if (skip !== undefined) it.skip(`${title} (not here: ${skip})`);
          else it(title, async () => passed((await runtime.ask({ control: control.url.href, suite, title })) as Outcome));
        }
      });
    }

    it("has complained of nothing", () => {
      expect(runtime.problems()).toEqual([]);
    });
  });
}

/** @throws Error the runtime's own, with its stack */
function passed(outcome: Outcome): void {
  if (outcome.state === "passed") return;
  const { name, message, stack } = outcome.error;
  throw Object.assign(new Error(`${name}: ${message}`), { stack: `${name}: ${message}\n${stack}` });
}
