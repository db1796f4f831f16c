import type { CannotResumeReason, ErrorBody, ServerErrorCode } from "@agent-transports/protocol";
import { reportFault, reportMisconfiguration } from "../observability/observe.ts";

/** What a request or a frame did wrong: it goes to the client as it is, so that nothing secret may stand in it. */
export class RequestError extends Error {
  override readonly name = "RequestError";
  readonly body: ErrorBody & { readonly code: ServerErrorCode };
  /** Extra response headers, such as `Allow`. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(body: ErrorBody & { readonly code: ServerErrorCode }, headers: Readonly<Record<string, string>> = {}) {
    super(body.message);
    this.body = body;
    this.headers = headers;
  }
}

export function methodNotAllowed(method: string, allowed: readonly string[]): RequestError {
  const allow = allowed.join(", ");
  return new RequestError(
    { code: "method_not_allowed", message: `This path does not accept ${method}. It accepts ${allow}.` },
    { Allow: allow },
  );
}

export function invalidRequest(message: string, path?: string): RequestError {
  return new RequestError({ code: "invalid_request", message, ...(path === undefined ? {} : { path }) });
}

/** The same, of what is at this place in a larger body: its `path` begins there. */
export function within(place: string, error: RequestError): RequestError {
  const { path } = error.body;
  return path === undefined ? error : new RequestError({ ...error.body, path: `${place}.${path}` }, error.headers);
}

/** The Worker's author or operator set something that cannot be. The message goes to the log and to clients: it names what is at fault, and quotes no value. */
export function misconfigured(message: string): RequestError {
  return new RequestError({ code: "misconfigured", message });
}

export function noSuchPath(): RequestError {
  return new RequestError({ code: "not_found", message: "There is no such path. PROTOCOL.md §3 lists them." });
}

/** The sub-agent's, on a socket that its parent held meanwhile. */
export function startedAgain(): RequestError {
  return new RequestError({
    code: "internal",
    message: "This sub-agent was started again. Open another socket, and resume its runs there.",
  });
}

export function runNotFound(run: string): RequestError {
  return new RequestError({ code: "run_not_found", message: "This agent has no such run. Did you mean another agent's?", run });
}

export function runGone(run: string): RequestError {
  return new RequestError({ code: "run_gone", message: "This run ended, and its events are no longer kept. Start another.", run });
}

const resumeMessages: Readonly<Record<CannotResumeReason, string>> = {
  malformed: "This is not an event id: an id is <epoch>.<seq>, as the `id` of an event gave it.",
  unknown_epoch: "This id belongs to another run. Resume with an id of this run, or without one from its first event.",
  beyond_tail: "This id lies beyond the run's last event. Resume with an id that was received, or without one from the first event.",
  expired: "The events after this id are no longer kept.",
};

export function cannotResume(run: string, reason: CannotResumeReason): RequestError {
  return new RequestError({ code: "cannot_resume", reason, run, message: resumeMessages[reason] });
}

/** What goes out for any error; the details of an unexpected one stay in the log. */
export function toErrorBody(error: unknown): ErrorBody {
  if (error instanceof RequestError) {
    if (error.body.code === "misconfigured") reportMisconfiguration(error.message);
    return error.body;
  }
  reportFault(error);
  return { code: "internal", message: "Something failed in the agent. Its log names the kind of error and the place." };
}
