import {
  agentUrl,
  asTransportError,
  LostError,
  persist,
  settingsOf,
  uploadMs,
  type Attempt,
  type FollowedRun,
  type Settings,
  type TransportError,
  type StateChange,
} from "@agent-transports/client-core";
import {
  decodeServerFrame,
  encodeFrame,
  HANDSHAKE_MAX_CHARS,
  HEARTBEAT_IDLE_PERIODS,
  HEARTBEAT_MAX_MS,
  PING_FRAME,
  PROTOCOL_VERSION,
  SOCKET_MAX_RUNS,
  type ClientFrame,
  type ServerFrame,
} from "@agent-transports/protocol";
import { Answers } from "./answers.ts";
import { noClass } from "./failures.ts";
import type { WsClientOptions } from "./options.ts";
import { LATE_PERIODS, Socket } from "./socket.ts";

/** Of `&resume=<run>:<cursor>` in a URL, where both are as long as can be (PROTOCOL.md §1). */
const RESUME_MAX_CHARS = 124;
/** The agent reads `https` where `wss` stands here. */
const SCHEME_CHARS = 2;

/** A run that is told of the connection. */
type Told = Pick<FollowedRun, "connectionIs">;

/** What stands on the socket. */
export interface ConnectionUser {
  /** Whether there is anything for which a lost socket is opened again. */
  needed(): boolean;
  /** @returns the runs that the next handshake resumes, each as `<run>` or `<run>:<cursor>`: as many as there is room for */
  handshake(room: number): readonly string[];
  opened(): void;
  /** The agent has said something on the socket that is no refusal. */
  greeted(): void;
  /** Whether it answers a `resume` that was given up. */
  isLate(frame: ServerFrame): boolean | undefined;
  /** @returns whether the frame brought something new */
  received(frame: ServerFrame): boolean | undefined;
  /** This came, and is no frame of the protocol. */
  faulty(data: unknown): void;
  /** This request was not answered in time, though the agent is heard otherwise. @returns whether only another socket is of use */
  unanswered(request: string, error: LostError): boolean | undefined;
  waiting(change: Omit<StateChange, "from" | "to">): void;
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
  /** The socket, and what is asked on it, while it is open. */
  #open: { readonly send: (frame: ClientFrame) => void; readonly pace: () => void; greeted: boolean } | undefined;
  /** While the next try is waited for: for whoever comes. */
  #join: ((alone: boolean, run: Told | undefined) => void) | undefined;
  /** Ends the try under way. */
  #lose: ((error: TransportError) => void) | undefined;

  /** @throws TransportError `invalid_option` */
  constructor(options: WsClientOptions, user: ConnectionUser) {
    this.settings = settingsOf(options, ["wss:", "ws:", "https:", "http:"]);
    this.settings.base.protocol = this.settings.base.protocol.replace("http", "ws");
    this.#user = user;
    this.#WebSocket = options.WebSocket;
  }

  /**
   * Opens the socket unless it is open or on its way. Once the client is closed, what stands on it fails.
   *
   * @param begin puts something on it
   * @param run is told where the next try is waited for. Where those who waited have left, what it had come to was theirs
   */
  need<Begun>(begin: () => Begun, run?: Told): Begun {
    const alone = !this.#user.needed();
    const begun = begin();
    this.#open?.pace();
    if (this.#running) this.#join?.(alone, run);
    else void this.#run();
    return begun;
  }

  get open(): boolean {
    return this.#open !== undefined;
  }

  /** Whether the agent has accepted the socket: a refusal comes after the handshake (PROTOCOL.md §4.3). */
  get greeted(): boolean {
    return this.#open?.greeted === true;
  }

  /** Sends a frame if the socket is open; what must not be lost is sent again by its owner in {@link ConnectionUser.opened}. */
  send(frame: ClientFrame): void {
    this.#open?.send(frame);
  }

  /** Gives the socket up and opens another: what it brings cannot be gone on with. */
  lose(error: TransportError): void {
    this.#lose?.(error);
  }

  close(error: TransportError): void {
    this.#lifetime.abort(error);
  }

  #greet(): void {
    if (this.#open === undefined || this.#open.greeted) return;
    this.#open.greeted = true;
    this.#user.greeted();
  }

  async #run(): Promise<void> {
    this.#running = true;
    try {
      await persist((attempt) => this.#attempt(attempt), {
        settings: this.settings,
        signal: this.#lifetime.signal,
        needed: () => this.#user.needed(),
        onHeard: () => void (this.heardAt = Date.now()),
        onWaiting: (attempt, delayMs, error, join) => {
          this.#join = (alone, run) => {
            const delayMs = join(alone);
            // What failed, and how often, was of those who have left.
            run?.connectionIs("waiting", { ...(delayMs < Infinity && { delayMs }), ...(!alone && { attempt, error }) });
          };
          this.#user.waiting({ attempt, ...(delayMs !== undefined && { delayMs }), error });
        },
      });
      // In the turn that looks who needs the socket: a run that came in between would begin a second loop.
      this.#running = false;
      // Something may have come to stand on it while the last frame was on its way.
      if (this.#user.needed()) void this.#run();
    } catch (error) {
      this.#running = false;
      this.#user.failed(asTransportError(error));
    }
  }

  /** One connection, from its handshake to its end, with which it rejects. */
  async #attempt(attempt: Attempt): Promise<void> {
    const { settings } = this;
    const Class = this.#WebSocket ?? (globalThis as { WebSocket?: typeof WebSocket }).WebSocket;
    this.#join = (alone) => {
      // What failed before was of those who have left, and so is this try.
      if (alone) attempt.progress();
    };
    if (Class === undefined) throw noClass();
    this.#user.connecting();
    const query = await settings.query();
    attempt.signal.throwIfAborted();
    // Pings queue behind a large frame on a slow line. So the agent is promised fewer of them than are sent, and waits longer.
    const promisedMs = Math.min(settings.heartbeatMs * HEARTBEAT_IDLE_PERIODS, HEARTBEAT_MAX_MS);
    const url = agentUrl(settings, "", query, { v: String(PROTOCOL_VERSION), heartbeat: String(promisedMs), binary: "1", acks: "1" });
    // A longer one is refused for good, and all runs with it.
    const room = (HANDSHAKE_MAX_CHARS - SCHEME_CHARS - url.href.length) / RESUME_MAX_CHARS;
    const resumes = this.#user.handshake(Math.min(room, SOCKET_MAX_RUNS));
    for (const resume of resumes) url.searchParams.append("resume", resume);
    return new Promise<void>((_, reject) => {
      let beating: ReturnType<typeof setInterval> | undefined;
      /** Of the heartbeat, as agreed, and as it is now. */
      let agreedMs = settings.heartbeatMs;
      let periodMs = 0;
      let pings = 0;
      let pongs = 0;
      let pingedAt = Infinity;
      const ping = (): number => {
        pingedAt = performance.now();
        socket.send(PING_FRAME);
        return (pings += 1);
      };
      // Nobody waits for a dead socket on which nothing is awaited, and a phone's radio sleeps longer.
      const pace = (): void => {
        const idleMs = Math.max(agreedMs, Math.min(agreedMs * HEARTBEAT_IDLE_PERIODS, HEARTBEAT_MAX_MS));
        const nextMs = this.#user.needed() ? agreedMs : idleMs;
        if (nextMs === periodMs) return;
        clearInterval(beating);
        attempt.period((periodMs = nextMs));
        pingedAt = performance.now();
        beating = setInterval(() => {
          pace();
          ping();
        }, periodMs);
      };
      const beat = (saidMs?: number): void => {
        agreedMs = attempt.opened(saidMs && (saidMs * settings.heartbeatMs) / promisedMs);
        periodMs = 0; // Begins anew.
        pace();
      };
      const answers = new Answers(settings.connectTimeoutMs, ping, (requests, agentIsHeard) => {
        for (const request of requests) {
          const error = new LostError(`Only pings were answered within ${Math.round(settings.connectTimeoutMs)} ms, not ${request}.`);
          if (!agentIsHeard || this.#user.unanswered(request, error) === true) return lose(error);
        }
      });
      const send = (frame: ClientFrame): void => {
        const data = encodeFrame(frame);
        const ms = uploadMs(data);
        answers.asked(frame, ms);
        const givenMs = attempt.sending(answers.uploadMs);
        // Pings queue behind it, and the agent sees no frame before it is whole.
        if (ms > 0 && givenMs > promisedMs) socket.send(encodeFrame({ type: "busy", ms: givenMs }));
        socket.send(data);
      };
      // At once, and not in its turn as a promise: the next try may begin before that.
      const letGo = (): void => {
        attempt.signal.removeEventListener("abort", letGo);
        clearInterval(beating);
        answers.stop();
        socket.close();
        this.#open = this.#lose = undefined;
      };
      const lose = (error: TransportError): void => {
        letGo();
        reject(error);
      };
      const socket = new Socket(url.href, Class, {
        opened: () => {
          this.#open = { send, pace, greeted: false };
          beat();
          for (const resume of resumes) answers.asked({ type: "resume", run: resume.split(":", 1)[0]! });
          this.#user.opened();
        },
        message: (data) => {
          const frame = typeof data === "string" || data instanceof ArrayBuffer ? decodeServerFrame(data) : undefined;
          const isPong = frame !== undefined && frame !== "unknown" && frame.type === "pong";
          // A pong is the runtime's: while the agent owes an answer it proves nothing.
          attempt.heard({ proves: !(isPong && answers.due) });
          // Browsers let a hidden page's timers fire once a minute, and its frames come all the same.
          if (performance.now() - pingedAt > periodMs * LATE_PERIODS) ping();
          // Which may have lost the socket: the next one brings this frame again.
          if (this.#lose !== lose) return;
          if (frame === undefined) return this.#user.faulty(data);
          if (frame === "unknown") return;
          if (frame.type !== "error") this.#greet();
          if (isPong) return answers.pong((pongs += 1));
          if (frame.type === "hello") return beat(typeof frame.heartbeat === "number" ? frame.heartbeat : 0); // It answers nothing.
          answers.heard(frame, this.#user.isLate(frame));
          attempt.sending(answers.uploadMs);
          if (this.#user.received(frame) === true) attempt.progress();
        },
        ended: lose,
      });
      attempt.signal.addEventListener("abort", letGo);
      this.#lose = lose;
    });
  }
}
