import { setTimeout as sleep } from "node:timers/promises";
import type { RunInput } from "@agent-transports/protocol";
import { StepError } from "../script/errors.ts";
import { inputOf } from "../script/read-flow.ts";
import type { Span, Step } from "../script/steps.ts";
import type { Session } from "./session.ts";

/** What steps need of the test around them. */
export interface Surroundings {
  /** Fills in `{{ variables }}` of the scenario. */
  readonly fill: (value: unknown) => unknown;
  /** When the test began, as `performance.now()` counts. */
  readonly testStartedAt: number;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** Runs the steps of a flow in order. @throws what a step could not do */
export async function runFlow(steps: readonly Step[], session: Session, around: Surroundings): Promise<void> {
  for (const step of steps) await runStep(step, session, around);
}

async function runStep(step: Step, session: Session, around: Surroundings): Promise<void> {
  switch (step.step) {
    case "connect":
      return session.connect();
    case "start":
      return session.start(filled(step.input, around));
    case "read":
      return session.read(step.until);
    case "send":
      return session.send(around.fill(step.data));
    case "think":
      return sleep(secondsOf(step.seconds, around.random) * 1000);
    case "drop":
      if (step.atSecond !== undefined) await sleep(Math.max(0, around.testStartedAt + step.atSecond * 1000 - performance.now()));
      return session.drop();
    case "resume":
      return session.resume(step.transport);
    case "cancel":
      return session.cancel();
    case "loop":
      for (let round = 0; round < step.count; round++) await runFlow(step.steps, session, around);
  }
}

/** @throws StepError where a variable has made something else of it */
function filled(input: RunInput, { fill }: Surroundings): RunInput {
  const made = inputOf(fill(input));
  if (made === undefined)
    throw new StepError("invalid_variable", "With its variables filled in, the step start has no input that starts a run.");
  return made;
}

function secondsOf({ from, to }: Span, random: () => number): number {
  return from + (to - from) * random();
}
