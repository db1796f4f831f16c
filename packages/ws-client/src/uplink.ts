import type { TransportError } from "@agent-transports/client-core";
import type { CancelFrame, InputFrame } from "@agent-transports/protocol";
import { nameOf } from "./answers.ts";

/** Who waits for an answer. */
interface Caller {
  resolve(id: string): void;
  reject(error: TransportError): void;
}

interface Request {
  readonly frame: InputFrame | CancelFrame;
  readonly callers: Set<Caller>;
}

/** What was sent up and not yet answered: sent again, in order, on each new socket. The agent knows by the key what it has. */
export class Uplink {
  /** By its name, see {@link nameOf}. */
  readonly #requests = new Map<string, Request>();
  readonly #send: (frame: InputFrame | CancelFrame) => void;

  constructor(send: (frame: InputFrame | CancelFrame) => void) {
    this.#send = send;
  }

  get pending(): boolean {
    return this.#requests.size > 0;
  }

  /** Whether anybody waits for the answer to the request of this name. */
  awaits(name: string): boolean {
    return this.#requests.has(name);
  }

  /**
   * @param signal fires when the caller waits no more: what nobody waits for is not sent again
   * @returns for an input its event's id
   */
  ask(frame: InputFrame | CancelFrame, signal: AbortSignal): Promise<string> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const name = nameOf(frame);
      const before = this.#requests.get(name);
      const request: Request = before ?? { frame, callers: new Set() };
      const caller: Caller = { resolve, reject };
      request.callers.add(caller);
      signal.addEventListener("abort", () => {
        request.callers.delete(caller);
        if (request.callers.size === 0 && this.#requests.get(name) === request) this.#requests.delete(name);
        reject(signal.reason);
      });
      if (before !== undefined) return; // Called twice with one key: one frame, and both callers are answered.
      this.#requests.set(name, request);
      this.#send(frame);
    });
  }

  /** On a new socket. */
  resend(): void {
    for (const { frame } of this.#requests.values()) this.#send(frame);
  }

  answered(name: string, id: string): void {
    for (const caller of this.#take(name)) caller.resolve(id);
  }

  refused(name: string, error: TransportError): void {
    for (const caller of this.#take(name)) caller.reject(error);
  }

  fail(error: TransportError): void {
    for (const name of this.#requests.keys()) this.refused(name, error);
  }

  #take(name: string): Iterable<Caller> {
    const callers = this.#requests.get(name)?.callers ?? [];
    this.#requests.delete(name);
    return callers;
  }
}
