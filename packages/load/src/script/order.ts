import { ScriptError } from "./errors.ts";
import type { Step } from "./steps.ts";

/** What a user has at hand: no run, a run that it follows, or one that it has left and can come back to. */
type At = "idle" | "following" | "away";

/** Where each step may stand, where it leads, and what to do instead. */
const order: Readonly<Record<Exclude<Step["step"], "loop" | "think">, { readonly from: readonly At[]; readonly otherwise: string }>> = {
  connect: { from: ["idle"], otherwise: "it opens a connection before a run. Put it before start." },
  start: { from: ["idle"], otherwise: "the run before it is not over. Read it to its end first: read: end." },
  read: { from: ["following"], otherwise: "there is no run to read. Put start or resume before it." },
  send: { from: ["following"], otherwise: "there is no live run to send into. Put start or resume before it." },
  cancel: { from: ["following"], otherwise: "there is no live run to cancel. Put start or resume before it." },
  drop: { from: ["idle", "following"], otherwise: "the user is away already." },
  resume: { from: ["away"], otherwise: "there is nothing to come back to. Put drop before it." },
};

/** @throws ScriptError `misplaced_step` for the first step that would have nothing to do */
export function checkOrder(steps: readonly Step[], where: string): void {
  walk(steps, "idle", where);
}

function walk(steps: readonly Step[], begin: At, where: string): At {
  let at = begin;
  for (const [index, step] of steps.entries()) {
    const named = `${where}, step ${index + 1} (${step.step})`;
    if (step.step === "loop") {
      at = walk(step.steps, at, named);
      // The second round may begin elsewhere than the first.
      if (step.count > 1) at = walk(step.steps, at, named);
    } else if (step.step !== "think") {
      const { from, otherwise } = order[step.step];
      if (!from.includes(at)) throw new ScriptError("misplaced_step", named, otherwise);
      at = after(step, at);
    }
  }
  return at;
}

function after(step: Step, at: At): At {
  switch (step.step) {
    case "start":
    case "resume":
      return "following";
    case "read":
      return step.until.kind === "end" ? "idle" : at;
    case "drop":
      return at === "following" ? "away" : at;
    default:
      return at;
  }
}
