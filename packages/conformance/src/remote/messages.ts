import { fromBase64, isBytes, toBase64 } from "@agent-transports/protocol";
import type { CancelPlan, ConnectionPlan, InputPlan, Plan, ScriptedRun } from "../script.ts";

/**
 * One call of a `ScriptedServer`'s method, as it goes over the control channel: `POST <control>/servers/<id>`, answered by {@link Answer}.
 * The body is sent as plain text, which needs no preflight from a page.
 */
export type Call =
  | { readonly method: "asked" | "cancelled" | "unsubscribed" | "inputs" | "go" | "connected" | "close" }
  | { readonly method: "askedAt" | "connectedAt"; readonly index: number }
  | { readonly method: "pinged"; readonly index: number; readonly count: number }
  | { readonly method: "runs"; readonly runs: readonly ScriptedRun[] }
  | { readonly method: "plan"; readonly plans: readonly Plan[] }
  | { readonly method: "agreeOn"; readonly heartbeatMs: number | string }
  | { readonly method: "planInputs"; readonly plans: readonly InputPlan[] }
  | { readonly method: "planCancels"; readonly plans: readonly CancelPlan[] }
  | { readonly method: "planConnections"; readonly plans: readonly ConnectionPlan[] };

export type Answer<Result> = { readonly result?: Result } | { readonly error: string };

/** What `POST <control>/servers` answers. */
export interface Started {
  readonly id: string;
  readonly url: string;
  readonly delayMs: number;
}

/** What a runtime is asked: `GET /?control=…&suite=…&title=…`. */
export interface Question {
  /** The control channel's URL. */
  readonly control: string;
  readonly suite: string;
  readonly title: string;
}

/** How a check went in a runtime. Times are in milliseconds. */
export type Outcome =
  | { readonly state: "passed"; readonly ms: number }
  | { readonly state: "failed"; readonly ms: number; readonly error: Failure };

export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
}

/** What a runtime says of itself. */
export interface Greeting {
  readonly userAgent: string;
  /** How many checks each suite has there. */
  readonly suites: Readonly<Record<string, number>>;
}

const BYTES = "$conformance-bytes";

/** JSON, and bytes anywhere in it. */
export function toWire(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) => (isBytes(member) ? { [BYTES]: toBase64(member) } : member));
}

export function fromWire<Value>(text: string): Value {
  return JSON.parse(text, (_, member: unknown) =>
    typeof member === "object" && member !== null && BYTES in member ? fromBase64(String(member[BYTES])) : member,
  );
}
