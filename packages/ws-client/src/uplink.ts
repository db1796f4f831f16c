import type { ClientFrame, TransportError } from "@agent-transports/protocol";
import type { Sendable } from "@agent-transports/protocol/core";

interface Waiting<Result> {
  readonly frame: ClientFrame;
  resolve(result: Result): void;
  reject(error: TransportError): void;
}

/** What was sent up and not yet answered: sent again, in order, on each new socket. The agent knows by the key what it has. */
export class Uplink {
  /** By the key of the input. */
  readonly #inputs = new Map<string, Waiting<string>>();
  /** By the run's id. */
  readonly #cancels = new Map<string, Waiting<void>[]>();
  readonly #send: (frame: ClientFrame) => void;

  constructor(send: (frame: ClientFrame) => void) {
    this.#send = send;
  }

  get pending(): boolean {
    return this.#inputs.size > 0 || this.#cancels.size > 0;
  }

  /** @param over there is no use in sending it again */
  input(run: string, key: string, data: Sendable, over: AbortSignal): Promise<string> {
    over.addEventListener("abort", () => this.refusedInput(run, key, over.reason));
    return new Promise((resolve, reject) => {
      const id = inputId(run, key);
      const before = this.#inputs.get(id);
      const frame = { type: "input", run, key, data } as const;
      // Called twice with one key: one frame, and both callers are answered.
      this.#inputs.set(id, {
        frame: before?.frame ?? frame,
        resolve: (eventId) => {
          before?.resolve(eventId);
          resolve(eventId);
        },
        reject: (error) => {
          before?.reject(error);
          reject(error);
        },
      });
      if (before === undefined) this.#send(frame);
    });
  }

  /** @param over as that of {@link input} */
  cancel(run: string, over: AbortSignal): Promise<void> {
    over.addEventListener("abort", () => this.refusedCancel(run, over.reason));
    return new Promise((resolve, reject) => {
      const frame = { type: "cancel", run } as const;
      const waiting = this.#cancels.get(run) ?? [];
      this.#cancels.set(run, [...waiting, { frame, resolve, reject }]);
      if (waiting.length === 0) this.#send(frame);
    });
  }

  /** On a new socket. */
  resend(): void {
    for (const { frame } of this.#inputs.values()) this.#send(frame);
    for (const run of this.#cancels.keys()) this.#send({ type: "cancel", run });
  }

  accepted(run: string, key: string, id: string): void {
    this.#take(run, key)?.resolve(id);
  }

  cancelled(run: string): void {
    for (const waiting of this.#cancels.get(run) ?? []) waiting.resolve();
    this.#cancels.delete(run);
  }

  refusedInput(run: string, key: string | undefined, error: TransportError): void {
    if (key !== undefined) this.#take(run, key)?.reject(error);
  }

  refusedCancel(run: string, error: TransportError): void {
    const waiting = this.#cancels.get(run) ?? [];
    this.#cancels.delete(run);
    for (const one of waiting) one.reject(error);
  }

  fail(error: TransportError): void {
    for (const waiting of this.#inputs.values()) waiting.reject(error);
    this.#inputs.clear();
    for (const run of this.#cancels.keys()) this.refusedCancel(run, error);
  }

  #take(run: string, key: string): Waiting<string> | undefined {
    const id = inputId(run, key);
    const waiting = this.#inputs.get(id);
    this.#inputs.delete(id);
    return waiting;
  }
}

/** A run's id has no space. */
function inputId(run: string, key: string): string {
  return `${run} ${key}`;
}
