/** What goes into a runtime to run the checks there: web APIs only. Its counterpart in Node is `./control`. */
export { chatChecks } from "./chat/check.ts";
export { clientChecks, type Check } from "./check.ts";
export { serveChecks } from "./remote/serve-checks.ts";
export type { Failure, Greeting, Outcome, Question } from "./remote/messages.ts";
