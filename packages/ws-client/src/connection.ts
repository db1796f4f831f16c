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
import {
  abortedError,
  agentUrl,
  LostError,
  persist,
  settingsOf,
  watch,
  type Attempt,
  type Settings,
  type Watchdog,
} from "@agent-transports/protocol/core";
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
  waiting(attempt: number, delayMs: number, error: TransportError): void;
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
  readonly #socket: ReconnectingWebSocket;
  readonly #lifetime = new AbortController();
  #url = "";
  #running = false;
  #open = false;
  /** Ends the try under way. */
  #lose: ((error: TransportError) => void) | undefined;

  /** @throws TransportError `invalid_option` */
  constructor(options: WsClientOptions, user: ConnectionUser) {
    this.settings = settingsOf(options, ["wss:", "ws:", "https:", "http:"]);
    this.settings.base.protocol = this.settings.base.protocol.replace("http", "ws");
    this.#user = user;
    this.#socket = new ReconnectingWebSocket(() => this.#url, undefined, {
      startClosed: true,
      connectionTimeout: this.settings.connectTimeoutMs,
      shouldReconnectOnClose: () => false,
      WebSocket: options.WebSocket,
    });
    // partysocket gives each event to its `on…` property, and then dispatches a clone of it. In workerd an EventTarget calls that property
    // too: each frame would be taken twice, and its mark with it, until no acknowledgement fits any more. Nobody listens to the clones.
    this.#socket.dispatchEvent = () => true;
  }

  /** Opens the socket unless it is open or on its way. */
  need(): void {
    if (this.#running || this.#lifetime.signal.aborted) return;
    this.#running = true;
    void this.#run();
  }

  get open(): boolean {
    return this.#open;
  }

  /** Sends a frame if the socket is open; what must not be lost is sent again by its owner in {@link ConnectionUser.opened}. */
  send(frame: ClientFrame): void {
    if (this.#open) this.#socket.send(encodeFrame(frame));
  }

  /** Gives the socket up and opens another: what it brings cannot be gone on with. */
  lose(error: TransportError): void {
    this.#lose?.(error);
  }

  close(error: TransportError): void {
    this.#lifetime.abort(error);
    this.#lose?.(error);
    this.#open = false;
    this.#socket.close();
  }

  async #run(): Promise<void> {
    const { retry, heartbeatMs } = this.settings;
    try {
      await persist((attempt) => this.#attempt(attempt), {
        retry,
        heartbeatMs,
        signal: this.#lifetime.signal,
        onWaiting: (attempt, delayMs, error) => this.#user.waiting(attempt, delayMs, error),
      });
      this.#running = false;
      // Something may have come to stand on it while the last frame was on its way.
      if (this.#user.needed()) this.need();
    } catch (error) {
      this.#running = false;
      // A TransportError, by persist's word, which is given as it is.
      this.#user.failed(abortedError(error));
    }
  }

  /** One connection, from its handshake to its end. Resolves where it ended and nothing stands on it. */
  async #attempt(attempt: Attempt): Promise<void> {
    const { settings } = this;
    this.#user.connecting();
    const query = await settings.query();
    const asked = [
      ["v", String(PROTOCOL_VERSION)],
      ["heartbeat", String(settings.heartbeatMs)],
    ] as const;
    this.#url = agentUrl(settings, "", query, asked, this.#user.handshake()).href;
    const socket = this.#socket;
    let watchdog: Watchdog | undefined;
    let ping: ReturnType<typeof setInterval> | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        const lose = (error: TransportError): void => {
          if (error instanceof LostError && !this.#user.needed()) resolve();
          else reject(error);
        };
        this.#lose = lose;
        const beat = (ms: number): void => {
          watchdog?.stop();
          clearInterval(ping);
          watchdog = watch(ms, () => lose(new LostError(`Nothing was heard for ${ms * 2} ms.`)));
          ping = setInterval(() => socket.send(PING_FRAME), ms);
        };
        // The `on…` properties get partysocket's event itself; its listeners would get a clone of each, made anew.
        socket.onopen = () => {
          this.#open = true;
          attempt.opened();
          beat(settings.heartbeatMs);
          this.#user.opened();
        };
        socket.onmessage = ({ data }: MessageEvent<unknown>) => {
          watchdog?.heard();
          const frame = typeof data === "string" ? decodeServerFrame(data) : undefined;
          if (frame === undefined) lose(unexpected(data));
          else if (frame === "unknown") return;
          else if (frame.type === "hello") beat(frame.heartbeat);
          else if (this.#user.received(frame)) attempt.progress();
        };
        socket.onclose = ({ code, reason }) => lose(closed(code, reason));
        // Where even the making of the socket failed there is no close to hear of.
        socket.onerror = ({ message }) =>
          lose(new LostError(message === "" ? "The connection failed." : `The connection failed: ${message}.`));
        socket.reconnect();
      });
    } finally {
      this.#open = false;
      this.#lose = undefined;
      watchdog?.stop();
      clearInterval(ping);
      socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
      socket.close();
    }
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
