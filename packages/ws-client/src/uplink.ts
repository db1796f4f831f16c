import type { TransportError } from "@agent-transports/client-core";
import { encodeFrame, type CancelFrame, type InputFrame } from "@agent-transports/protocol";
import { nameOf } from "./answers.ts";

/** Who waits for an answer. */
interface Caller {
  resolve(id: string): void;
  reject(error: TransportError): void;
}

interface Request {
  /** See {@link nameOf}. */
  readonly name: string;
  readonly frame: InputFrame | CancelFrame;
  readonly callers: Set<Caller>;
}

/** What was sent up and not yet answered: sent again, in order, on each new socket. The agent knows by the key what it has. */
export class Uplink {
  /**
   * In the order of the calls, in which those of one name are answered (PROTOCOL.md §4.2). So one for whose answer nobody waits any more keeps its place as long
   * as this socket may bring it.
   */
  #requests: Request[] = [];
  readonly #send: (frame: InputFrame | CancelFrame) => void;

  constructor(send: (frame: InputFrame | CancelFrame) => void) {
    this.#send = send;
  }

  get pending(): boolean {
    return this.#requests.some(isAwaited);
  }

  /** Whether anybody waits for the answer to a request of this name. */
  awaits(name: string): boolean {
    return this.#requests.some((request) => request.name === name && isAwaited(request));
  }

  /**
   * @param signal fires when the caller waits no more: what nobody waits for is not sent again
   * @returns for an input its event's id
   */
  ask(frame: InputFrame | CancelFrame, signal: AbortSignal): Promise<string> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const name = nameOf(frame);
      // Called twice with the same: one frame, and both callers are answered. What other data under its key is, the agent says.
      const before = this.#requests.find((request) => request.name === name && isAwaited(request) && isSame(request.frame, frame));
      const { callers }: Request = before ?? { name, frame, callers: new Set() };
      const caller: Caller = { resolve, reject };
      callers.add(caller);
      signal.addEventListener("abort", () => {
        callers.delete(caller);
        reject(signal.reason);
      });
      if (before !== undefined) return;
      this.#requests.push({ name, frame, callers });
      this.#send(frame);
    });
  }

  /** On a new socket. */
  resend(): void {
    this.#requests = this.#requests.filter(isAwaited);
    for (const { frame } of this.#requests) this.#send(frame);
  }

  answered(name: string, id: string): void {
    for (const caller of this.#take(name)) caller.resolve(id);
  }

  refused(name: string, error: TransportError): void {
    for (const caller of this.#take(name)) caller.reject(error);
  }

  fail(error: TransportError): void {
    for (const { callers } of this.#requests.splice(0)) for (const caller of callers) caller.reject(error);
  }

  #take(name: string): Iterable<Caller> {
    const at = this.#requests.findIndex((request) => request.name === name);
    return at < 0 ? [] : this.#requests.splice(at, 1)[0]!.callers;
  }
}

function isAwaited({ callers }: Request): boolean {
  return callers.size > 0;
}

/** Of two frames of one name. Where this says no, and the agent finds them to be the same, it answers both alike. */
function isSame(one: InputFrame | CancelFrame, other: InputFrame | CancelFrame): boolean {
  return String(encodeFrame(one)) === String(encodeFrame(other)); // A binary frame is numbers then, and a text frame an object.
}
