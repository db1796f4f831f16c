import { LostError, type TransportError } from "@agent-transports/client-core";
import ReconnectingWebSocket from "partysocket/ws";
import { ended, notMade } from "./failures.ts";

export interface SocketUser {
  opened(): void;
  message(data: unknown): void;
  /** It is over. Told once, and not where it was closed from here. */
  ended(error: TransportError): void;
}

/** A ping that is so many periods after the last one was not sent in time. The agent ends a subscription after two. */
export const LATE_PERIODS = 1.5;

/** Some 23 days: partysocket's own limit of a handshake is never reached. It knows no standstill; whoever tries gives the try up (PROTOCOL.md §6). */
const NEVER_MS = 2_000_000_000;

/** Where a runtime tells an error and then no close, it is not waited for longer, in milliseconds. */
const CLOSE_AFTER_ERROR_MS = 100;

/**
 * One WebSocket, from its handshake to its end.
 *
 * partysocket makes it. Why it ended is heard of the runtime's own socket, because partysocket makes a close with 1000 of every error.
 */
export class Socket {
  readonly #url: string;
  readonly #user: SocketUser;
  readonly #socket: ReconnectingWebSocket;
  #opened = false;
  #over = false;
  /** What the runtime said of its error. */
  #said: string | undefined;
  #closeIsLate: ReturnType<typeof setTimeout> | undefined;

  constructor(url: string, Class: typeof WebSocket, user: SocketUser) {
    this.#url = url;
    this.#user = user;
    this.#socket = new ReconnectingWebSocket(url, undefined, {
      connectionTimeout: NEVER_MS,
      shouldReconnectOnClose: () => false,
      WebSocket: new Proxy(Class, { construct: (target, parameters) => this.#make(target, parameters) }),
    });
    this.#socket.binaryType = "arraybuffer";
    // partysocket gives each event to its `on…` property, and then dispatches a clone of it. In workerd an EventTarget calls that property
    // too: each frame would be taken twice, and its mark with it, until no acknowledgement fits any more. Nobody listens to the clones.
    this.#socket.dispatchEvent = () => true;
    this.#socket.onopen = () => {
      this.#opened = true;
      user.opened();
    };
    this.#socket.onmessage = ({ data }: MessageEvent<unknown>) => user.message(data);
  }

  send(data: string | Uint8Array<ArrayBuffer>): void {
    try {
      this.#socket.send(data);
    } catch (cause) {
      this.#end(new LostError(`The socket could not send: ${String(cause)}.`, { cause }));
    }
  }

  close(): void {
    this.#over = true;
    clearTimeout(this.#closeIsLate);
    this.#socket.onopen = this.#socket.onmessage = null;
    this.#socket.close();
  }

  #make(Class: typeof WebSocket, parameters: unknown[]): WebSocket {
    try {
      const made: WebSocket = Reflect.construct(Class, parameters);
      made.addEventListener("error", (event) => {
        this.#said ??= "message" in event ? String(event.message) : "";
        // It is told of a handshake that was given up, too.
        if (!this.#over) this.#closeIsLate ??= setTimeout(() => this.#end(ended(this.#opened, this.#said)), CLOSE_AFTER_ERROR_MS);
      });
      made.addEventListener("close", (event) => this.#end(ended(this.#opened, this.#said, event)));
      return made;
    } catch (cause) {
      this.#end(notMade(cause, this.#url));
      // partysocket takes errors only.
      throw new Error("No socket was made.", { cause });
    }
  }

  #end(error: TransportError): void {
    if (this.#over) return;
    this.close();
    this.#user.ended(error);
  }
}
