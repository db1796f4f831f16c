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

/** Registers every case of both clients, each run in the runtime, with the scripted server in this process, beside it. */
export function describeRuntime(runtime: RuntimeUnderTest): void {
  describeIn(runtime, [{ away: 0, of: () => true }]);
}

/**
 * Registers every case of both clients at a distance. It takes minutes: `pnpm soak` has it.
 *
 * @param answersLateMs where the control is late too: a case that acts on what it was told must not need to be in time
 */
export function describeRuntimeAway(runtime: RuntimeUnderTest, answersLateMs = 0): void {
  describeIn(runtime, [{ away: AWAY_MS, answersLateMs, of: () => true }]);
}

interface Matrix {
  /** Each way, in milliseconds. */
  readonly away: number;
  readonly answersLateMs?: number;
  readonly of: (check: Check) => boolean;
}

function describeIn({ name, userAgent, start, tool, cannot = [] }: RuntimeUnderTest, matrices: readonly Matrix[]): void {
  describe(`in ${name}`, { timeout: ASK_LIMIT_MS + 5_000, ...(tool === undefined ? {} : needs(tool)) }, () => {
    const controls = new Map<Matrix, Control>();
    let runtime: Runtime;
    beforeAll(async () => {
      const startFor = ({ away: delayMs, answersLateMs = 0 }: Matrix): Promise<Control> => startControl({ delayMs, answersLateMs });
      const started = await Promise.all(matrices.map(async (matrix) => [matrix, await startFor(matrix)] as const));
      for (const [matrix, control] of started) controls.set(matrix, control);
      runtime = await start(controlOf(matrices[0]).url);
    }, 60_000);
    afterAll(async () => {
      await runtime?.close();
      await Promise.all([...controls.values()].map((control) => control.close()));
    });
    const controlOf = (matrix: Matrix | undefined): Control => {
      const control = matrix && controls.get(matrix);
      if (control === undefined) throw new Error("The scripted servers have not started.");
      return control;
    };

    it("runs in the expected runtime, with every case of both clients", async () => {
      const greeting = (await runtime.ask({})) as Greeting;
      expect(greeting.userAgent).toMatch(userAgent);
      expect(greeting.suites).toEqual(Object.fromEntries(Object.entries(suites).map(([suite, checks]) => [suite, checks.length])));
    });

    it("skips only existing cases", () => {
      const left = cannot.filter(({ suite, title }) => suites[suite]?.some((check) => check.title === title) !== true);
      expect(left).toEqual([]);
    });

    // Each case has a server of its own, and mostly waits. None resets a connection before what must count was read: they run side by side.
    const runner = { describe, it: it.concurrent };
    for (const [suite, checks] of Object.entries(suites)) {
      const possible = checks.filter(({ title }) => !cannot.some((one) => one.suite === suite && one.title === title));
      for (const matrix of matrices) {
        const asked = possible.filter(matrix.of).map(({ title }) => ({
          title,
          run: async () => {
            const askedAt = performance.now();
            const outcome = (await runtime.ask({ control: controlOf(matrix).url.href, suite, title })) as Outcome;
            assertPassed(outcome, performance.now() - askedAt);
          },
        }));
        if (asked.length > 0) register(matrix.away === 0 ? suite : `${suite}, ${matrix.away} ms away`, asked, runner);
      }
    }

    it("reported no problem", () => {
      expect(runtime.problems()).toEqual([]);
    });
  });
}

/**
 * @param hereMs what it took by this process's clock. Where the runtime's says something else, its machine stood still, or its clock was set
 * @throws Error the runtime's own, with its stack
 */
function assertPassed(outcome: Outcome, hereMs: number): void {
  if (outcome.state === "passed") return;
  const { name, message, stack } = outcome.error;
  const said = `${name}: ${message} (${Math.round(outcome.ms)} ms in the runtime, ${Math.round(hereMs)} ms here)`;
  throw Object.assign(new Error(said), { stack: `${said}\n${stack}` });
}
