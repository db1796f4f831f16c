import type { RunInput } from "@agent-transports/protocol";

/** What takes nothing, as YAML writes it. */
export type Nothing = Readonly<Record<string, never>> | null;

/** A step, as a scenario file has it. The engine refuses any other with a `ScriptError`. */
export type StepSpec =
  /** Opens a connection before there is anything to ask. */
  | { readonly connect: Nothing }
  /** Starts a run. A text is a context of its own, so that no agent's conversation grows with the load. `{{ variables }}` are filled in. */
  | { readonly start: string | RunInput }
  /** Reads the run to its end, to a number of events from here, or to an event of a type. The run's end before that fails the user. */
  | { readonly read: "end" | { readonly events: number } | { readonly until: string } }
  /** Sends any JSON as an input into the live run, and waits until it is in the log. `{{ variables }}` are filled in. */
  | { readonly send: unknown }
  /** Waits, in seconds. */
  | { readonly think: number | { readonly from: number; readonly to: number } }
  /** Goes away: every connection of the user closes at once. With `atSecond` of the test, all users go together. */
  | { readonly drop: Nothing | { readonly atSecond: number } }
  /** Comes back behind the last event that was read, over the same transport or another. */
  | { readonly resume: Nothing | { readonly transport: "sse" | "ws" } }
  /** Cancels the run. Its terminal event is still to be read. */
  | { readonly cancel: Nothing }
  | { readonly loop: readonly StepSpec[]; readonly count: number };
