import { register, startControl, type Control } from "@agent-transports/conformance/control";
import type { Check, Greeting, Outcome } from "@agent-transports/conformance/runtime";
import { needs } from "@agent-transports/lab/needs";
import type { Tool } from "@agent-transports/lab/tools";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ASK_LIMIT_MS, type Runtime } from "./runtime.ts";
import { suites } from "./suites.ts";

export interface RuntimeUnderTest {
  readonly name: string;
  /** What `navigator.userAgent` must say there. */
  readonly userAgent: string | RegExp;
  /** @param origin where a page may be */
  readonly start: (origin: URL) => Promise<Runtime>;
  /** What it is, where npm does not install it. */
  readonly tool?: Tool;
  /** Why cases cannot run side by side in it. */
  readonly oneByOne?: string;
  /** What this runtime cannot have, and why: it is not among its tests. */
  readonly cannot?: readonly Exception[];
}

export interface Exception {
  readonly suite: string;
  readonly title: string;
  readonly because: string;
}

/** Each way, in milliseconds: what is on its way when something happens shows at a distance only. */
const AWAY_MS = 40;

/** Registers every case of both clients, each run in the runtime, with the scripted server in this process: beside it, and those cases once more at a distance that depend on it.
 * All of them are run at a distance in Node, by the clients' own tests: in each runtime that takes minutes. */
export function describeRuntime({ name, userAgent, start, tool, oneByOne, cannot = [] }: RuntimeUnderTest): void {
  describe(`in ${name}`, { timeout: ASK_LIMIT_MS + 5_000, ...(tool === undefined ? {} : needs(tool)) }, () => {
    let control: Control;
    let farControl: Control;
    let runtime: Runtime;
    beforeAll(async () => {
      [control, farControl] = await Promise.all([startControl(), startControl({ delayMs: AWAY_MS })]);
      runtime = await start(control.url);
    }, 60_000);
    afterAll(async () => {
      await runtime?.close();
      await Promise.all([control?.close(), farControl?.close()]);
    });

    it("is that runtime, and has every case of both clients", async () => {
      const greeting = (await runtime.ask({})) as Greeting;
      expect(greeting.userAgent).toMatch(userAgent);
      expect(greeting.suites).toEqual(Object.fromEntries(Object.entries(suites).map(([suite, checks]) => [suite, checks.length])));
    });

    it("leaves out only cases that there are", () => {
      const left = cannot.filter(({ suite, title }) => suites[suite]?.some((check) => check.title === title) !== true);
      expect(left).toEqual([]);
    });

    for (const [suite, checks] of Object.entries(suites)) {
      const possible = checks.filter(({ title }) => !cannot.some((one) => one.suite === suite && one.title === title));
      const asked = (some: readonly Check[], controlOf: () => Control): readonly Check[] =>
        some.map(({ title }) => ({
          title,
          run: async () => assertPassed((await runtime.ask({ control: controlOf().url.href, suite, title })) as Outcome),
        }));
      // Each has a server of its own, and mostly waits.
      const runner = { describe, it: oneByOne === undefined ? it.concurrent : it };
      register(
        suite,
        asked(possible, () => control),
        runner,
      );
      const far = possible.filter(({ ofTheLine }) => ofTheLine);
      if (far.length > 0)
        register(
          `${suite}, ${AWAY_MS} ms away`,
          asked(far, () => farControl),
          runner,
        );
    }

    it("has complained of nothing", () => {
      expect(runtime.problems()).toEqual([]);
    });
  });
}

/** @throws Error the runtime's own, with its stack */
function assertPassed(outcome: Outcome): void {
  if (outcome.state === "passed") return;
  const { name, message, stack } = outcome.error;
  throw Object.assign(new Error(`${name}: ${message}`), { stack: `${name}: ${message}\n${stack}` });
}
