import type { ConformanceCase, Subject } from "./cases/index.ts";
import { clientChecks, runCaseOn } from "./check.ts";
import { register, titleOf, type Runner } from "./register.ts";
import { startScriptedServer, type Distance } from "./scripted-server.ts";

export { scriptedFetch, type EventStreamAnswer, type ScriptedFetch } from "./cases/answers.ts";
export { cutAt, eventStream, manyBytesRun, withBom, type ByteStream, type LineEnds } from "./cases/event-stream.ts";
export { cases, type CaseContext, type ConformanceCase, type Subject, type SubjectOptions } from "./cases/index.ts";
export { subjectOfCore, type CoreSubject } from "./core-subject.ts";
export { AssertionError } from "./assert.ts";
export { describeFirstContact } from "./first-contact.ts";
export type { Runner } from "./register.ts";
export { startScriptedServer, type Distance } from "./scripted-server.ts";
export type {
  Asked,
  CancelPlan,
  Connected,
  ConnectionPlan,
  InputPlan,
  Plan,
  ScriptedInput,
  ScriptedRun,
  ScriptedServer,
  Step,
} from "./script.ts";

/** Runs one case in this process, with a server and clients of its own. @throws AssertionError where the client does not do what the title says */
export function runCase(subject: Subject, one: ConformanceCase): Promise<void> {
  return runCaseOn(subject, one, () => startScriptedServer());
}

/**
 * Registers every case that this transport can have: `only` of a case names the one that has it, and why the other cannot.
 *
 * On loopback nothing is ever on its way: what a client does with that shows at a distance only.
 */
export function describeConformance(subject: Subject, runner: Runner, distance: Distance = {}): void {
  register(titleOf(`a client over ${subject.transport}`, distance), clientChecks(subject), runner, distance);
}
