import { channel } from "node:diagnostics_channel";
import { inDevelopment } from "./development.ts";

/** How a reader is served: `text` is Cloudflare's plain-text answer. */
export type ReaderTransport = "sse" | "ws" | "text";

/**
 * What happens to runs, readers and requests, for an operator: the Agents SDK's events (`agents/observability`), on its channel `agents:lifecycle`,
 * and so in a Tail Worker. None holds a prompt, an answer, a token or a stack.
 */
export type RunObservation =
  | { readonly type: "run:start"; readonly payload: { readonly run: string; readonly subject?: string } }
  | {
      readonly type: "run:end";
      readonly payload: {
        readonly run: string;
        readonly state: string;
        /** The code of its failure. */
        readonly code?: string;
        readonly events: number;
        /** From its start, in milliseconds. */
        readonly durationMs: number;
      };
    }
  | {
      /** An answer goes on that was interrupted. */
      readonly type: "run:resume";
      readonly payload: {
        readonly run: string;
        readonly way: string;
        /** Since something was last added to the answer, from 1. */
        readonly attempt: number;
        /** The code of what interrupted it. */
        readonly cause: string;
      };
    }
  | {
      readonly type: "run:reader:open";
      readonly payload: { readonly run: string; readonly transport: ReaderTransport; readonly after: number };
    }
  | {
      readonly type: "run:reader:close";
      /** `sent`: events. */
      readonly payload: { readonly run: string; readonly transport: ReaderTransport; readonly sent: number; readonly durationMs: number };
    }
  | {
      readonly type: "run:refused";
      readonly payload: { readonly code: string; readonly transport: "http" | "ws"; readonly subject?: string };
    }
  /** What nobody foresaw: the name of the error, the place in the code, and the hook of the author's that threw it. */
  | { readonly type: "run:fault"; readonly payload: { readonly error: string; readonly at: string; readonly hook?: string } };

export type Observe = (observation: RunObservation) => void;

const lifecycle = channel("agents:lifecycle");
/** One error may come by more than one way. */
const reported = new WeakSet<Error>();

/** For what happens where there is no agent yet, in the Worker in front: the same channel, the same shape. */
export function publish(observation: RunObservation, name?: string): void {
  lifecycle.publish({ ...observation, ...(name !== undefined && { name }), timestamp: Date.now() });
}

/**
 * An error that nobody foresaw, told to the operator.
 *
 * On the channel: its kind and where it was thrown. On the console the same; in development the error itself, with its causes and its stack, whose lines
 * wrangler maps to the sources. Elsewhere only where `LOG_ERRORS` asks for that, because what a provider or a tool says may quote a prompt or a key.
 *
 * @param hook of the author's, by its name, where one threw it
 */
export function reportFault(error: unknown, hook?: string): void {
  if (error instanceof Error) {
    if (reported.has(error)) return;
    reported.add(error);
  }
  const fault: RunObservation = {
    type: "run:fault",
    payload: { error: nameOf(error), at: placeOf(error), ...(hook !== undefined && { hook }) },
  };
  if (inDevelopment() || process.env["LOG_ERRORS"] === "1") console.error("run:fault", ...(hook === undefined ? [] : [hook]), error);
  else console.error(fault);
  publish(fault);
}

const told = new Set<string>();

/**
 * A hook of the author's that says how the agent is set has failed: told once for each kind and place, because some are asked for each frame.
 *
 * @param message what whoever asked is refused with, which says no more
 */
export function reportFailedSetting(hook: string, error: unknown, message: string): void {
  told.add(message);
  if (isNew(`${hook} ${nameOf(error)} ${placeOf(error)}`)) reportFault(error, hook);
  // Whoever catches it would tell it again, without the hook's name.
  else if (error instanceof Error) reported.add(error);
}

/** On the console, once for each: what an operator has to mend. */
export function reportMisconfiguration(message: string): void {
  if (isNew(message)) console.error(`misconfigured: ${message}`);
}

/** On the console, once for each: what was put right here, and is better mended where it came from. */
export function tellOperator(message: string): void {
  if (isNew(message)) console.warn(message);
}

function isNew(message: string): boolean {
  return !told.has(message) && told.add(message).has(message);
}

/** An error of which clients are told enough, and a developer would know more: why the model's provider refused, say. */
export function tellDeveloper(error: Error): void {
  if (!inDevelopment() || reported.has(error)) return;
  reported.add(error);
  // Not the error itself: it holds the whole request.
  console.error(`${error.name}: ${error.message}`, ...(error.cause === undefined ? [] : [error.cause]));
}

function nameOf(error: unknown): string {
  return error instanceof Error && /^\w{1,64}$/.test(error.name) ? error.name : typeof error;
}

/** The function and line that threw: of a stack's first frame, what is code. */
function placeOf(error: unknown): string {
  if (!(error instanceof Error) || error.stack === undefined) return "unknown";
  // A stack repeats the message, which may hold anything, something like a frame included.
  const frames = error.stack.replace(error.message, "");
  return /^\s+at ([\w.#<>[\] ]*\(?[\w./:-]*\)?)$/m.exec(frames)?.[1]?.slice(0, 200) ?? "unknown";
}

/** Prints each event as one structured line, for Workers Logs. Call it once, at the top of a Worker. */
export function logObservations(): void {
  lifecycle.subscribe((event) => {
    if (isRunObservation(event)) console.log(event);
  });
}

function isRunObservation(event: unknown): event is RunObservation {
  return typeof event === "object" && event !== null && "type" in event && typeof event.type === "string" && event.type.startsWith("run:");
}
