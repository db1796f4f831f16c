import {
  decodeServerFrame,
  encodeFrame,
  isRetryableClose,
  PING_FRAME,
  PROTOCOL_VERSION,
  TransportError,
  type ClientFrame,
  type ServerFrame,
} from "@agent-transports/protocol";
import { agentUrl, asTransportError, LostError, persist, settingsOf, type Attempt, type Settings } from "@agent-transports/protocol/core";
import ReconnectingWebSocket from "partysocket/ws";
import type { WsClientOptions } from "./options.ts";

/** What stands on the socket. */
export interface ConnectionUser {
  /** Whether there is anything for which a lost socket is opened again. */
  needed(): boolean;
  /** The `resume` parameters of the next handshake. */
  handshake(): readonly (readonly [string, string])[];
  opened(): void;
  /** @returns whether the frame brought something new */
  received(frame: ServerFrame): boolean;
  waiting(attempt: number, delayMs: number | undefined, error: TransportError): void;
  connecting(): void;
  /** The socket will not come back. */
  failed(error: TransportError): void;
}

/**
 * The one socket of a client: opened when it is needed, opened again by the retry policy when it is lost.
 *
 * partysocket makes and guards each connection; when the next one is made is decided here, because its own delays begin at three seconds
 * and have no jitter, and it knows no close code that is final.
 */
export class Connection {
  readonly settings: Settings;
  readonly #user: ConnectionUser;
  readonly #WebSocket: WsClientOptions["WebSocket"];
  readonly #lifetime = new AbortController();
  #running = false;
  /** When the peer was last heard, as `Date.now()` counts. */
  heardAt: number | undefined;
  /** The socket, while it is open. */
  #socket: ReconnectingWebSocket | undefined;
  /** Ends the try under way. */
  #lose: ((error: TransportError) => void) | undefined;

  /** @throws TransportError `invalid_option` */
  constructor(options: WsClientOptions, user: ConnectionUser) {
    this.settings = settingsOf(options, ["wss:", "ws:", "https:", "http:"]);
    this.settings.base.protocol = this.settings.base.protocol.replace("http", "ws");
    this.#user = user;
    this.#WebSocket = options.WebSocket;
  }

  /** Opens the socket unless it is open or on its way. */
  need(): void {
    if (this.#running || this.#lifetime.signal.aborted) return;
    this.#running = true;
    void this.#run();
  }

  get open(): boolean {
    return this.#socket !== undefined;
  }

  /** Sends a frame if the socket is open; what must not be lost is sent again by its owner in {@link ConnectionUser.opened}. */
  send(frame: ClientFrame): void {
    this.#socket?.send(encodeFrame(frame));
  }

  /** Gives the socket up and opens another: what it brings cannot be gone on with. */
  lose(error: TransportError): void {
    this.#lose?.(error);
  }

  close(error: TransportError): void {
    this.#lifetime.abort(error);
  }

  async #run(): Promise<void> {
    try {
      await persist((attempt) => this.#attempt(attempt), {
        settings: this.settings,
        signal: this.#lifetime.signal,
        needed: () => this.#user.needed(),
        onHeard: () => void (this.heardAt = Date.now()),
        onWaiting: (attempt, delayMs, error) => this.#user.waiting(attempt, delayMs, error),
      });
      this.#running = false;
      // Something may have come to stand on it while the last frame was on its way.
      if (this.#user.needed()) this.need();
    } catch (error) {
      this.#running = false;
      this.#user.failed(asTransportError(error));
    }
  }

  /** One connection, from its handshake to its end, with which it rejects. */
  async #attempt(attempt: Attempt): Promise<void> {
    const { settings } = this;
    this.#user.connecting();
    const query = await settings.query();
    attempt.signal.throwIfAborted();
    const asked = [
      ["v", String(PROTOCOL_VERSION)],
      ["heartbeat", String(settings.heartbeatMs)],
      ["binary", "1"],
    ] as const;
    const socket = new ReconnectingWebSocket(agentUrl(settings, "", query, asked, this.#user.handshake()).href, undefined, {
      connectionTimeout: settings.connectTimeoutMs,
      shouldReconnectOnClose: () => false,
      WebSocket: this.#WebSocket,
    });
    socket.binaryType = "arraybuffer";
    // partysocket gives each event to its `on…` property, and then dispatches a clone of it. In workerd an EventTarget calls that property
    // too: each frame would be taken twice, and its mark with it, until no acknowledgement fits any more. Nobody listens to the clones.
    socket.dispatchEvent = () => true;
    let ping: ReturnType<typeof setInterval> | undefined;
    // At once, and not in its turn as a promise: the next try may begin before that.
    const letGo = (): void => {
      clearInterval(ping);
      socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
      socket.close();
      this.#socket = this.#lose = undefined;
    };
    return new Promise<void>((_, reject) => {
      const lose = (error: TransportError): void => {
        letGo();
        reject(error);
      };
      attempt.signal.addEventListener("abort", letGo);
      this.#lose = lose;
      const beat = (saidMs?: number): void => {
        clearInterval(ping);
        ping = setInterval(() => socket.send(PING_FRAME), attempt.opened(saidMs));
      };
      // The `on…` properties get partysocket's event itself; its listeners get a clone of each, made anew.
      socket.onopen = () => {
        this.#socket = socket;
        beat();
        this.#user.opened();
      };
      socket.onmessage = ({ data }: MessageEvent<unknown>) => {
        attempt.heard();
        const frame = typeof data === "string" || data instanceof ArrayBuffer ? decodeServerFrame(data) : undefined;
        if (frame === undefined) lose(unexpected(data));
        else if (frame === "unknown") return;
        else if (frame.type === "hello") beat(frame.heartbeat);
        else if (this.#user.received(frame)) attempt.progress();
      };
      socket.onclose = ({ code, reason }) => lose(closed(code, reason));
      // Where even the making of the socket failed there is no close to hear of.
      socket.onerror = ({ message }) =>
        lose(new LostError(message === "" ? "The connection failed." : `The connection failed: ${message}.`));
    });
  }
}

/** PROTOCOL.md §4.3. */
function closed(code: number, reason: string): TransportError {
  const said = reason === "" ? "" : `: ${reason}`;
  if (isRetryableClose(code)) return new LostError(`The socket was closed with ${code}${said}.`, { status: code });
  return new TransportError(
    { code: "connection_refused", message: `The socket was closed for good with ${code}${said}.` },
    { status: code },
  );
}

function unexpected(data: unknown): TransportError {
  const what =
    typeof data === "string"
      ? `This is not a frame of the protocol: ${data.slice(0, 80)}`
      : "This is a binary frame, and not of the protocol.";
  return new TransportError({ code: "unexpected_response", message: what });
}
