import { heartbeatPeriodMs, isRetryableStatus, parseEventId, statusOf, type RunInfo } from "@agent-transports/protocol";
import type { Connection } from "agents";
import { AuthorizedRuns } from "../access/authorized-runs.ts";
import { credentialsExpired, requireRight, requireUnexpired, type EffectiveGrant } from "../access/grant.ts";
import type { AskedLimits } from "../runs/asked-limits.ts";
import type { RunRecord } from "../runs/log.ts";
import type { Runs } from "../runs/runs.ts";
import { cannotResume, misconfigured, startedAgain, toErrorBody } from "../wire/errors.ts";
import { asksForProtocol, closeReason } from "../wire/handshake.ts";
import { longestUploadMs, RateLimiter, REPLAYED_BYTES_PER_SECOND, tooMany } from "../wire/limits.ts";
import { parseStart } from "../wire/start-request.ts";
import type { FollowingAgain } from "./following-again.ts";
import { contextOf, parseFrame, type FrameContext, type ReceivedFrame } from "./frames.ts";
import { send } from "./send.ts";
import { silenceOf } from "./silence.ts";
import { isClosed, SocketStates, type StateStore } from "./socket-state.ts";
import { Subscription } from "./subscription.ts";
import { SocketWatch } from "./watch.ts";

/** Serves the sockets of one agent, PROTOCOL.md §4. */
export class Sockets {
  readonly #runs: Runs;
  /** By socket token, then by run id. Lost when the object sleeps; an `ack` or a restart of the agent brings a subscription back. */
  readonly #subscriptions: Map<string, Map<string, Subscription>> = new Map();
  /** By socket token: of those that follow runs. */
  readonly #watches: Map<string, SocketWatch> = new Map();
  /** By socket token: when a frame came last, in ms since 1970. A client that sends frames pings besides, so this may be lost. */
  readonly #heardAt: Map<string, number> = new Map();
  /** By socket token: what it may still be sent of logs as they were when it asked, PROTOCOL.md §8.3. */
  readonly #replays: Map<string, RateLimiter> = new Map();
  readonly #limits: AskedLimits;
  /** When the runtime last answered a ping on this socket, in ms since 1970; 0 if never. `undefined` where nobody knows: its parent holds a sub-agent's. */
  readonly #lastPingAt: (connection: Connection) => number | undefined;
  readonly #states: SocketStates;
  /** Whose handshake is answered. */
  readonly #begun: WeakSet<Connection> = new WeakSet();
  /** In this life of the agent. */
  readonly #opened: WeakSet<Connection> = new WeakSet();
  /** Of a sub-agent's socket nothing else says so: it has no `readyState`. */
  readonly #closed: WeakSet<Connection> = new WeakSet();
  readonly #followingAgain: FollowingAgain;

  constructor(
    runs: Runs,
    limits: AskedLimits,
    followingAgain: FollowingAgain,
    lastPingAt: (connection: Connection) => number | undefined,
    states: StateStore,
  ) {
    this.#runs = runs;
    this.#limits = limits;
    this.#followingAgain = followingAgain;
    this.#lastPingAt = lastPingAt;
    this.#states = new SocketStates(states);
  }

  /**
   * Keeps whose a socket is, before anything is served on it.
   *
   * @param subBase a sub-agent's base: its parent may have kept that
   * @returns whether it was not known before
   */
  open(connection: Connection, request: Request, grant: EffectiveGrant | undefined, subBase: string | undefined): boolean {
    this.#opened.add(connection);
    if (subBase !== undefined && this.#states.known(connection) !== undefined) return false;
    const { pathname, searchParams: query } = new URL(request.url);
    const ofProtocol = asksForProtocol(request);
    const heartbeat = ofProtocol ? query.get("heartbeat") : null;
    const heartbeatMs = heartbeat === null ? undefined : heartbeatPeriodMs(heartbeat);
    this.#states.set(connection, {
      token: crypto.randomUUID(),
      base: (subBase ?? pathname).replace(/\/$/, ""),
      follows: {},
      openedAt: Date.now(),
      ...(grant && { grant }),
      ...(!ofProtocol && { sdk: true as const }),
      ...(heartbeatMs !== undefined && { heartbeatMs }),
      ...(ofProtocol && query.get("binary") === "1" && { binary: true as const }),
    });
    return true;
  }

  /** Answers the handshake, once: what it asked for. Nothing comes of a socket that was closed meanwhile. */
  begin(connection: Connection, request: Request): void {
    if (this.#begun.has(connection) || isClosed(connection)) return;
    this.#begun.add(connection);
    const { heartbeatMs, sdk } = this.#states.of(connection);
    // The query of the SDK's clients is their application's, and the same in each of their handshakes.
    if (sdk === true) return;
    const { searchParams: query } = new URL(request.url);
    if (heartbeatMs !== undefined) send(connection, { type: "hello", heartbeat: heartbeatMs });
    const acks = query.get("acks") === "1";
    for (const resume of query.getAll("resume")) {
      const colon = resume.indexOf(":");
      const run = colon === -1 ? resume : resume.slice(0, colon);
      const after = colon === -1 ? undefined : resume.slice(colon + 1);
      this.#guard(connection, { frame: "resume", run }, () => this.#resume(connection, run, after, acks));
    }
  }

  /**
   * Closes those that promised pings and were silent for two of their periods: their peers are gone, and no packet said so. While there is room they may
   * stay, because to look for them keeps an agent awake.
   */
  closeSilent(connections: Iterable<Connection>, now: number): void {
    const uploadMs = longestUploadMs(this.#limits.standing());
    for (const connection of connections) {
      const state = this.#states.known(connection);
      const heard = [this.#lastPingAt(connection) ?? 0, this.#heardAt.get(state?.token ?? "") ?? 0];
      const silentMs = isClosed(connection) ? undefined : silenceOf(state, heard, uploadMs, now);
      if (silentMs !== undefined) this.#timeOut(connection, silentMs);
    }
  }

  /** Whether a socket's frames are this protocol's alone. */
  speaksProtocol(connection: Connection): boolean {
    const state = this.#states.known(connection);
    return state !== undefined && state.sdk !== true;
  }

  /** Whether what the agent sends to all of the SDK's clients may go out on a socket. One that is only being opened is not told either. */
  admitsBroadcast(connection: Connection): boolean {
    return this.#states.known(connection)?.sdk === true && this.admitsSdk(connection);
  }

  /** Whether a frame of the SDK's own may be looked at. A socket whose credentials' time is over is closed, and one of which nobody knows whose it is. */
  admitsSdk(connection: Connection): boolean {
    if (isClosed(connection)) return false;
    const state = this.#states.known(connection);
    if (state === undefined) {
      this.abandon(connection, misconfigured(UNKNOWN_SOCKET));
      return false;
    }
    try {
      requireRight(state.grant, "sdk");
      return true;
    } catch (error) {
      this.#fail(connection, {}, error);
      return false;
    }
  }

  /**
   * Closes a sub-agent's socket that it was handed in an earlier life: what that followed, its parent does not keep. Its client comes again, and says so.
   *
   * @returns whether it was one
   */
  closeOutlived(connection: Connection): boolean {
    if (this.#opened.has(connection) || !asksForProtocol({ url: connection.uri ?? "" })) return false;
    if (!this.#closed.has(connection)) this.abandon(connection, startedAgain());
    return true;
  }

  /** Its opening failed in a way that nobody foresaw. */
  abandon(connection: Connection, error: unknown): void {
    const body = toErrorBody(error);
    this.closed(connection);
    send(connection, { type: "error", error: body });
    connection.close(4000 + statusOf(body), closeReason(body.message));
  }

  async receive(connection: Connection, message: string | ArrayBuffer | ArrayBufferView): Promise<void> {
    const { token, grant, binary = false } = this.#states.of(connection);
    if (isClosed(connection) || this.#closed.has(connection)) return;
    const parsed = parseFrame(message, this.#limits.standing(), binary);
    const isFaulty = "error" in parsed;
    try {
      // Also where it is faulty, or asks for no right, PROTOCOL.md §8.1.
      if (grant !== undefined && (isFaulty || parsed.frame.type !== "ping")) requireUnexpired(grant);
      this.#heardAt.set(token, Date.now());
      this.#watches.get(token)?.heard();
      if (isFaulty) throw parsed.error;
      const { frame } = parsed;
      if (frame.type !== "start") return this.#handle(connection, frame);
      // Checking messages is the one asynchronous step; the start itself is one turn.
      const request = await parseStart({ ...frame.input, key: frame.key }, null, this.#limits.said());
      this.#start(connection, frame.key, request, frame.acks === true);
    } catch (error) {
      this.#fail(connection, isFaulty ? parsed.context : contextOf(parsed.frame), error);
    }
  }

  /** Nothing is served on it any more. */
  closed(connection: Connection): void {
    this.#closed.add(connection);
    this.disconnect(connection);
  }

  /** What it was served is over. It may be open all the same, where a handler of its author's has failed. */
  disconnect(connection: Connection): void {
    const token = this.#states.known(connection)?.token;
    if (token === undefined) return;
    for (const subscription of this.#subscriptions.get(token)?.values() ?? []) subscription.close();
    this.#subscriptions.delete(token);
    this.#replays.delete(token);
    this.#heardAt.delete(token);
    this.#states.forget(token);
    this.#unwatch(token);
  }

  /**
   * After a restart of the agent: sockets that outlived it follow their runs again, and are told how those ended.
   *
   * @param dead the runs that were alive when the agent died
   * @returns what gives each its turn; `undefined` where none follows such a run
   */
  recover(connections: Iterable<Connection>, dead: readonly string[]): (() => Promise<void>) | undefined {
    const followed = (connection: Connection): string[] => Object.keys(this.#states.known(connection)?.follows ?? {});
    return this.#followingAgain.begin(connections, dead, followed, (connection, run) => {
      // Its own frames may have come first: an `ack` has it follow the run, an `unsubscribe` leaves that.
      const { token = "", follows } = this.#states.known(connection) ?? {};
      const follow = follows?.[run];
      if (follow !== undefined && this.#subscriptions.get(token)?.has(run) !== true)
        this.#follow(connection, run, follow.after, follow.acks);
    });
  }

  #handle(connection: Connection, frame: Exclude<ReceivedFrame, { type: "start" }>): void {
    switch (frame.type) {
      case "resume":
        return this.#resume(connection, frame.run, frame.after, frame.acks === true);
      case "input":
        return send(connection, {
          type: "accepted",
          run: frame.run,
          key: frame.key,
          id: this.#authorized(connection).input(frame.run, { key: frame.key, data: frame.data }),
        });
      case "cancel":
        return send(connection, { type: "cancelled", run: this.#info(connection, this.#authorized(connection).cancel(frame.run)) });
      case "unsubscribe":
        return this.#unsubscribe(connection, frame.run);
      case "ack":
        return this.#acknowledge(connection, frame.run, frame.id);
      case "busy":
        return this.#busy(connection, Math.min(frame.ms, longestUploadMs(this.#limits.standing())));
      case "ping":
        // The runtime answers these while the agent sleeps; this is for a socket on which it does not.
        return send(connection, { type: "pong" });
    }
  }

  #busy(connection: Connection, ms: number): void {
    const state = this.#states.of(connection);
    this.#states.set(connection, { ...state, busyUntil: Date.now() + ms });
    this.#watches.get(state.token)?.busy(ms);
  }

  #start(connection: Connection, key: string, request: Awaited<ReturnType<typeof parseStart>>, acks: boolean): void {
    // A key that is known begins nothing: what it joins may be followed here already, and needs no other place.
    const begins = !this.#runs.knowsKey(key);
    if (begins) this.#makeRoom(connection, undefined);
    const { run, joined } = this.#authorized(connection).start(request);
    if (!begins) this.#makeRoom(connection, run.id);
    send(connection, { type: "started", key, run: this.#info(connection, run), joined });
    this.#follow(connection, run.id, null, acks);
  }

  #resume(connection: Connection, id: string, after: string | undefined, acks: boolean): void {
    this.#makeRoom(connection, id);
    const run = this.#authorized(connection).find(id);
    const seq = this.#runs.resolveCursor(run, after);
    send(connection, { type: "resumed", run: this.#info(connection, run), after: seq === 0 ? null : (after ?? null) });
    this.#follow(connection, id, after ?? null, acks);
  }

  /** Behind the answer to a request. What is refused here names the run alone (PROTOCOL.md §4.2): the request is answered, and the next one may be on its way. */
  #follow(connection: Connection, run: string, after: string | null, acks: boolean): void {
    this.#guard(connection, { run }, () => this.#subscribe(connection, run, after, acks));
  }

  #subscribe(connection: Connection, id: string, after: string | null, acks: boolean): void {
    // While a start was checked, or others followed again, its socket may have gone, and been let go of.
    if (isClosed(connection) || this.#closed.has(connection)) return;
    const state = this.#states.of(connection);
    const subscriptions = this.#subscriptions.get(state.token) ?? new Map<string, Subscription>();
    this.#subscriptions.set(state.token, subscriptions);
    subscriptions.get(id)?.close();
    subscriptions.delete(id);
    try {
      const run = this.#runs.find(id);
      const subscription = new Subscription(this.#runs, run, {
        after: this.#runs.resolveCursor(run, after),
        paced: acks,
        binary: state.binary === true,
        sink: connection,
        onComplete: () => this.#unsubscribe(connection, id),
        onRunEnd: () => this.#watches.get(state.token)?.reconsider(),
      });
      subscriptions.set(id, subscription);
      this.#remember(connection, id, { after, acks });
      this.#watch(connection);
      const replays = this.#replays.get(state.token) ?? new RateLimiter(REPLAYED_BYTES_PER_SECOND, Date.now());
      this.#replays.set(state.token, replays);
      subscription.replay(replays);
    } catch (error) {
      this.#unsubscribe(connection, id);
      throw error;
    }
  }

  #acknowledge(connection: Connection, id: string, cursor: string): void {
    const state = this.#states.of(connection);
    const follow = state.follows[id];
    if (follow === undefined) {
      // Complete or unsubscribed since: an acknowledgement that crossed it. Of a sub-agent that has slept since, nobody knows.
      if (this.#lastPingAt(connection) === undefined) this.closeOutlived(connection);
      return;
    }
    try {
      const run = this.#authorized(connection).followed(id);
      // It names an event, where a `resume` may begin before the first.
      if (parseEventId(cursor) === undefined) throw cannotResume(id, "malformed");
      const seq = this.#runs.resolveCursor(run, cursor);
      this.#remember(connection, id, { after: cursor, acks: follow.acks });
      const subscription = this.#subscriptions.get(state.token)?.get(id);
      if (subscription === undefined) return this.#subscribe(connection, id, cursor, follow.acks);
      subscription.acknowledge(seq);
      // It is sent more: whether it still takes it is looked at again, PROTOCOL.md §4.5.
      this.#watches.get(state.token)?.reconsider();
    } catch (error) {
      // Its client asks for the run again, or gives it up. It keeps no place among those that the socket follows.
      this.#unsubscribe(connection, id);
      throw error;
    }
  }

  #unsubscribe(connection: Connection, id: string): void {
    const state = this.#states.of(connection);
    this.#subscriptions.get(state.token)?.get(id)?.close();
    this.#subscriptions.get(state.token)?.delete(id);
    const { [id]: _left, ...follows } = state.follows;
    this.#states.set(connection, { ...state, follows });
    if (Object.keys(follows).length === 0) this.#unwatch(state.token);
    else this.#watches.get(state.token)?.reconsider();
  }

  #authorized(connection: Connection): AuthorizedRuns {
    return new AuthorizedRuns(this.#runs, this.#states.of(connection).grant);
  }

  #info(connection: Connection, run: RunRecord): RunInfo {
    return this.#runs.info(run, this.#states.of(connection).base);
  }

  /** @throws RequestError `too_many_requests` where the socket follows as many runs as it may, and this is not one of them */
  #makeRoom(connection: Connection, id: string | undefined): void {
    const { follows } = this.#states.of(connection);
    const { runsPerSocket, unsaid } = this.#limits.standing();
    if ((id === undefined || follows[id] === undefined) && Object.keys(follows).length >= runsPerSocket) {
      throw (
        unsaid ?? tooMany(`A socket follows ${runsPerSocket} runs at most. Unsubscribe from one, or open another socket.`, runsPerSocket)
      );
    }
  }

  #watch(connection: Connection): void {
    const { token, grant, heartbeatMs } = this.#states.of(connection);
    const watched = this.#watches.get(token);
    if (watched !== undefined) return watched.reconsider();
    const watch = new SocketWatch({
      // Where nobody knows of its pings, no silence is one.
      heartbeatMs: this.#lastPingAt(connection) === undefined ? undefined : heartbeatMs,
      expiresAt: grant?.expiresAt,
      lastPingAt: () => this.#lastPingAt(connection) ?? 0,
      generating: () => this.#generating(token),
      onSilent: (ms) => this.#timeOut(connection, ms),
      onExpired: () => this.#fail(connection, {}, credentialsExpired()),
    });
    this.#watches.set(token, watch);
  }

  #timeOut(connection: Connection, ms: number): void {
    const message = `Nothing was heard for ${ms} ms. Send a ping in each period of the heartbeat.`;
    send(connection, { type: "error", error: { code: "request_timeout", message } });
    this.#close(connection, 4408, message);
  }

  /** Whether a socket follows a run that is being generated. */
  #generating(token: string): boolean {
    const followed = this.#subscriptions.get(token)?.values() ?? [];
    return Array.from(followed).some(({ run }) => this.#runs.live(run.id)?.ended === false);
  }

  #unwatch(token: string): void {
    this.#watches.get(token)?.stop();
    this.#watches.delete(token);
  }

  /** Its resources are gone at once; the runtime may wait for the other side's close. */
  #close(connection: Connection, code: number, reason: string): void {
    this.closed(connection);
    connection.close(code, closeReason(reason));
  }

  #remember(connection: Connection, id: string, follow: { after: string | null; acks: boolean }): void {
    const state = this.#states.of(connection);
    this.#states.set(connection, { ...state, follows: { ...state.follows, [id]: follow } });
  }

  #guard(connection: Connection, context: FrameContext, action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#fail(connection, context, error);
    }
  }

  #fail(connection: Connection, context: FrameContext, error: unknown): void {
    const body = toErrorBody(error);
    const { grant } = this.#states.of(connection);
    this.#runs.observe({ type: "run:refused", payload: { code: body.code, transport: "ws", ...(grant && { subject: grant.subject }) } });
    send(connection, { type: "error", error: body, ...context });
    if (body.code === "unauthorized") this.#close(connection, 4408, body.message);
    // It is asked again on another socket, and no later input may overtake it.
    if (context.frame === "input" && isRetryableStatus(statusOf(body))) this.#close(connection, 4429, body.message);
  }
}

const UNKNOWN_SOCKET =
  "It is not known what this connection may do, so nothing is served on it. Write onConnect as a method of the class, and not as a field.";
