import { PING_FRAME, PONG_FRAME, type RunFailure } from "@agent-transports/protocol";
import { Agent, buildAgentPath, parseSubAgentPath, type Connection, type ConnectionContext, type WSMessage } from "agents";
import { CF_NO_PROTOCOL_KEY, registerInternalConnectionKeys } from "agents/websockets";
import type { UIMessageChunk } from "ai";
import { AuthorizedRuns } from "./access/authorized-runs.ts";
import { asFromOutside, authorizationOf, isForSubAgent, keepingAuthorization, subBaseOf } from "./access/grant.ts";
import { HandlerGuards } from "./access/handler-guards.ts";
import { TicketLedger } from "./access/tickets.ts";
import { describeFailure } from "./generation/generate.ts";
import { errorResponse } from "./http/responses.ts";
import { handleHttp } from "./http/router.ts";
import { emitOf } from "./observability/agent-event.ts";
import { askedInDevelopment } from "./observability/development.ts";
import { reportFault } from "./observability/observe.ts";
import type { Recovery } from "./recovery/bounds.ts";
import { AskedLimits } from "./runs/asked-limits.ts";
import { isFull } from "./runs/full-storage.ts";
import { orElse, told } from "./runs/guards.ts";
import { checkedFailure, type Interruption } from "./runs/hooks.ts";
import { Conversation } from "./runs/conversation.ts";
import { DEFAULT_DURABILITY, type Durability } from "./runs/durability.ts";
import { FiberHold, HOLD_FIBER } from "./runs/fiber-hold.ts";
import type { Generation } from "./runs/generation.ts";
import { RunLog } from "./runs/log.ts";
import { checkedRetention, RunExpiry, standing, type Retention } from "./runs/retention.ts";
import { Waker } from "./runs/waker.ts";
import { Runs } from "./runs/runs.ts";
import { askAuthor } from "./wire/author-hook.ts";
import { noSuchPath, type RequestError } from "./wire/errors.ts";
import { asksForProtocol, checkHandshake, isUpgrade, noSuchSocket } from "./wire/handshake.ts";
import { tooMany, withDefaults, type Limits } from "./wire/limits.ts";
import { hasExpired } from "./ws/socket-state.ts";
import { answerCloses } from "./ws/answer-closes.ts";
import { FollowingAgain } from "./ws/following-again.ts";
import { Sockets } from "./ws/sockets.ts";

/** Of what a connection keeps for its agent: the SDK leaves a key that it knows out of `connection.state`, and in when that is set. */
const SOCKET_KEY = "_cf_agent_transports";
registerInternalConnectionKeys(SOCKET_KEY);

/** A parent opens a socket at its sub-agent when that has started: by then, unless the author's own functions take as long. */
const OPENED_BY_MS = 1_000;

/** Objects whose storage took no more. The runtime ends such an object, and its isolate outlives it. */
const full = new Set<string>();

/**
 * An Agent with runs, over both transports: extend it and write {@link generate}.
 *
 * Runs live in the agent's SQLite (tables `transport_*`), go on when their reader leaves, and end in exactly one terminal event. HTTP and WebSocket are
 * served as PROTOCOL.md says. The Agents SDK's own features (schedules, state, RPC) stay as they are, for its own clients; its sub-agents are reached from
 * outside where {@link onBeforeSubAgent} is overridden.
 */
export abstract class RunAgent<Env extends Cloudflare.Env = Cloudflare.Env> extends Agent<Env> {
  readonly #runs: Runs;
  readonly #sockets: Sockets;
  readonly #expiry: RunExpiry;
  readonly #waker: Waker;
  readonly #fiber: FiberHold;
  #onFiberRecovered: this["onFiberRecovered"] | undefined;
  readonly #limits: AskedLimits;
  readonly #tickets: TicketLedger;
  readonly #guarded: HandlerGuards;
  /** A sub-agent, in the life before: what its sockets followed then, its parent does not keep. */
  #diedWithRuns = false;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const log = new RunLog(ctx.storage, () => full.add(ctx.id.toString()));
    this.#limits = new AskedLimits(() => withDefaults(askAuthor("limits", () => this.limits())));
    this.#waker = new Waker(ctx.storage, reportFault);
    this.#fiber = new FiberHold((work) => this.runFiber(HOLD_FIBER, work), reportFault);
    this.#expiry = new RunExpiry(
      log,
      () => checkedRetention(askAuthor("retention", () => this.retention())),
      // The alarm is the SDK's, which multiplexes it; the row outlives the object.
      (time) => ctx.waitUntil(this.#expireRunsAt(time).catch(reportFault)),
    );
    this.#runs = new Runs(log, new Conversation(ctx.storage), {
      generate: (generation) => this.generate(generation),
      describeError: (error) =>
        orElse(
          () => checkedFailure(askAuthor("describeError", () => this.describeError(error))),
          () => describeFailure(error),
        ),
      recovery: () => askAuthor("recovery", () => this.recovery()),
      recover: (interruption) => this.recover(interruption),
      durable: () => ctx.storage.sync(),
      keepAlive: (work) => this.#stayAwake(work),
      ended: (now) => this.#expiry.ended(now),
      limits: this.#limits,
      durability: () => askAuthor("durability", () => this.durability()),
      observe: ({ type, payload }) => emitOf(this, type, payload),
    });
    this.#sockets = new Sockets(
      this.#runs,
      this.#limits,
      new FollowingAgain(ctx.storage.sql, (write) => log.write(write)),
      (connection) => (this.#isSubAgent ? undefined : (ctx.getWebSocketAutoResponseTimestamp(connection)?.getTime() ?? 0)),
      /* oxlint-disable no-underscore-dangle -- The SDK's names. */
      {
        get: (connection) => this._unsafe_getConnectionFlag(connection, SOCKET_KEY),
        set: (connection, state) => this._unsafe_setConnectionFlag(connection, SOCKET_KEY, state),
      },
      /* oxlint-enable no-underscore-dangle */
    );
    this.#tickets = new TicketLedger(ctx.storage.sql);
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(PING_FRAME, PONG_FRAME));
    answerCloses(this);
    this.#guard();
    this.#guarded = new HandlerGuards(this);
  }

  /**
   * The SDK puts its own functions before these handlers, in its constructor: here are ours before those, and behind the start.
   *
   * What must hold does so whatever an author overrides, and whether or not that calls `super`: whose a socket is, the rights and the end of its credentials, and
   * that nothing of it is left. On a socket of this protocol the SDK would serve its RPC and state frames, and tell of itself and of sub-agents that ran as tools. The
   * grant need not give the right to that. And each frame would be parsed twice. What a handler throws, it would answer with the stack.
   */
  #guard(): void {
    const onMessage = this.onMessage.bind(this);
    this.onMessage = async (connection, message) => {
      if (this.#guarded.broken !== undefined) this.#sockets.abandon(connection, this.#guarded.broken);
      else if (this.#diedWithRuns && !this.#handsOn(connection) && this.#sockets.closeOutlived(connection)) return;
      else if (this.#sockets.speaksProtocol(connection) && !this.#handsOn(connection)) await this.#sockets.receive(connection, message);
      else if (this.#sockets.admitsSdk(connection)) {
        try {
          await onMessage(connection, message);
        } catch (error) {
          // The SDK gives it to `onError`, which by itself tells nobody.
          reportFault(error, "onMessage");
          throw error;
        }
      }
    };
    const onStart = this.onStart.bind(this);
    this.onStart = async (props) => {
      this.#keepFiberFromAuthor();
      // Before anything is written: the author's own start may write, too.
      if (full.delete(this.ctx.id.toString())) told(() => this.#expiry.makeRoom(Date.now()));
      try {
        await onStart(props);
      } catch (error) {
        if (isFull(error)) full.add(this.ctx.id.toString());
        reportFault(error, "onStart");
        throw error;
      }
      told(() => this.#expiry.woke(Date.now()));
      // Behind all that the author's own does: what goes on needs it.
      const dead = this.#runs.recover();
      const followAgain = this.#sockets.recover(
        this.getConnections(),
        dead.map(({ id }) => id),
      );
      if (followAgain !== undefined) this.#stayAwake(followAgain);
      this.#diedWithRuns = this.#isSubAgent && dead.length > 0;
      if (this.#diedWithRuns) this.#closeOutlived([...this.getConnections()]);
    };
    const onConnectOfSdk = this.onConnect.bind(this);
    Reflect.deleteProperty(this, "onConnect"); // The class's own method is below it.
    const onConnect = this.onConnect.bind(this);
    this.onConnect = async (connection, context) => {
      const { request } = context;
      try {
        this.#guarded.check();
        const subBase = this.#subBase(request);
        const isNew = this.#sockets.open(connection, request, authorizationOf(request)?.grant, subBase);
        if (isNew && subBase !== undefined) this.#admitToSubAgent(request);
        if (asksForProtocol(request) && !isForSubAgent(request)) {
          // It was looked at for the agent at the root alone.
          if (subBase !== undefined && new URL(request.url).pathname !== "/") throw noSuchSocket();
          this.setConnectionReadonly(connection);
          // oxlint-disable-next-line no-underscore-dangle -- The SDK's name.
          this._unsafe_setConnectionFlag(connection, CF_NO_PROTOCOL_KEY, true);
          emitOf(this, "connect", { connectionId: connection.id });
          await onConnect(connection, context);
        } else await onConnectOfSdk(connection, context);
        if (!isForSubAgent(request)) this.#sockets.begin(connection, request);
      } catch (error) {
        this.#sockets.abandon(connection, error);
      }
    };
    const onClose = this.onClose.bind(this);
    this.onClose = (connection, ...how) => {
      this.#sockets.closed(connection);
      return onClose(connection, ...how);
    };
    const onError = this.onError.bind(this);
    this.onError = (connectionOrError: unknown, error?: unknown) => {
      if (isConnection(connectionOrError) && error !== undefined) {
        // A socket whose peer broke the framing, or the network, ends without a close.
        this.#sockets.disconnect(connectionOrError);
        return onError(connectionOrError, error);
      }
      const told: unknown = onError(connectionOrError);
      // The SDK throws what this gives back: an author's refusal stays one where the author's `onError` gives back nothing.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Its type says that it gives back nothing.
      return (told ?? connectionOrError) as void;
    };
    const onBeforeSubAgent = this.onBeforeSubAgent.bind(this);
    this.onBeforeSubAgent = async (request, child) => {
      const decision = await onBeforeSubAgent(request, child);
      return decision instanceof Request ? keepingAuthorization(decision, request) : decision;
    };
    const onRequest = this.onRequest.bind(this);
    this.onRequest = async (request) => {
      try {
        return await onRequest(request);
      } catch (error) {
        return errorResponse(error);
      }
    };
  }

  /** What it was held for, the start of the agent takes up. An author's field replaces what a constructor put there, so this is done at a start. */
  #keepFiberFromAuthor(): void {
    // The SDK starts an agent again whose start has failed.
    if (this.onFiberRecovered === this.#onFiberRecovered) return;
    const onFiberRecovered = this.onFiberRecovered.bind(this);
    this.#onFiberRecovered = async (fiber) => (fiber.name === HOLD_FIBER ? undefined : onFiberRecovered(fiber));
    this.onFiberRecovered = this.#onFiberRecovered;
  }

  /** Below a parent that knows nothing of runs, nobody has looked at it. */
  #admitToSubAgent(request: Request): void {
    this.#redeemTicket(request);
    if ([...this.getConnections()].length > this.#limits.standing().sockets) throw this.#hasNoRoom();
  }

  #redeemTicket(request: Request): void {
    const ticket = authorizationOf(request)?.ticket;
    if (ticket !== undefined) this.#tickets.redeem(ticket, Date.now());
  }

  #hasNoRoom(): RequestError {
    const { sockets, unsaid } = this.#limits.standing();
    return unsaid ?? tooMany(`This agent has ${sockets} sockets already.`, sockets);
  }

  /** The one for which it was started may be among them, and is not opened yet. */
  #closeOutlived(connections: readonly Connection[]): void {
    if (connections.length === 0) return;
    setTimeout(() => {
      for (const connection of connections) if (!this.#handsOn(connection)) this.#sockets.closeOutlived(connection);
    }, OPENED_BY_MS);
  }

  get #isSubAgent(): boolean {
    return this.parentPath.length > 0;
  }

  /** Where this sub-agent is reached; `undefined` for an agent that is none. */
  #subBase(request: Request): string | undefined {
    // Where another routing brought it, it goes by names, which may be none that a URL has.
    return this.#isSubAgent
      ? (subBaseOf(request) ??
          orElse(
            () => buildAgentPath(this.selfPath),
            () => "",
          ))
      : undefined;
  }

  /** Whether a socket is a sub-agent's of this agent. */
  #handsOn({ uri }: Connection): boolean {
    // Asked of each frame, and to parse a URL takes longer than most of them.
    return uri?.includes("/sub/") === true && this.#isSubAgents(uri);
  }

  #isSubAgents(url: string): boolean {
    return parseSubAgentPath(url, { knownClasses: Object.keys(this.ctx.exports) }) !== null;
  }

  /** While this is under way. Where the agent dies meanwhile, its alarm wakes it. */
  #stayAwake(work: () => Promise<void>): void {
    if (this.#isSubAgent) return this.ctx.waitUntil(this.#fiber.during(work));
    // Not awaited before the work: a first token should not wait for an alarm to be written.
    const held = this.keepAlive().catch(reportFault);
    // Behind it: what it sets, it does not change.
    const watched = held.then(() => this.#waker.hold());
    this.ctx.waitUntil(
      work().finally(async () => {
        (await watched)();
        // The SDK is the last to let go: it sets the alarm for what it has to do next.
        (await held)?.();
      }),
    );
  }

  /**
   * One generation: the whole context in, AI SDK UI message chunks out (`start` … `finish`).
   *
   * An `error` chunk or a throw ends the run as `failed`. A stream that ends without `finish`, or breaks with what reads like an error of the network, is asked for
   * again, to go on with the answer: see {@link recovery}. The signal aborts when the run is cancelled.
   */
  abstract generate(generation: Generation): AsyncIterable<UIMessageChunk> | Promise<AsyncIterable<UIMessageChunk>>;

  /** What clients are told of an error that {@link generate} threw. It leaves the agent: no secret, no stack. */
  describeError(error: unknown): RunFailure {
    return describeFailure(error);
  }

  /** When a run's events get into the log: what a token costs, and what a crash may take. Asked as each run starts. Default: `{level: "window"}`. */
  durability(): Durability {
    return DEFAULT_DURABILITY;
  }

  /** Whether and how long an answer is taken up again that was interrupted; what it leaves out has its default. Set `enabled: false` for none. */
  recovery(): Partial<Recovery> {
    return {};
  }

  /** Asked before an answer is taken up again, each time: `false` ends its run. Default: `true`. */
  recover(_interruption: Interruption): boolean | Promise<boolean> {
    return true;
  }

  /** How long ended runs are kept; what it leaves out has its default. */
  retention(): Partial<Retention> {
    return {};
  }

  /** What this agent serves at most; what it leaves out has its default. */
  limits(): Partial<Limits> {
    return {};
  }

  /** Called by the agent's own schedule: deletes what {@link retention} no longer keeps. */
  async expireRuns(): Promise<void> {
    const next = this.#expiry.sweep(Date.now());
    // Whatever is scheduled: the row that this call came from is there until it returns.
    if (next !== undefined) await this.schedule(secondAfter(next), "expireRuns");
  }

  /** A schedule that stands is asked for first: to schedule again sets the alarm again, and each alarm is a row that is billed. */
  async #expireRunsAt(time: number): Promise<void> {
    const at = secondAfter(time);
    const schedules = (await this.listSchedules()).filter(({ callback }) => callback === "expireRuns");
    const { comesInTime, later } = standing(schedules, at.getTime(), Date.now());
    if (comesInTime) return;
    for (const { id } of later) await this.cancelSchedule(id);
    await this.schedule(at, "expireRuns");
  }

  /** Before anything of the SDK sees a request: what must be refused is refused as a status, which the Worker in front makes a close code. */
  override async fetch(given: Request): Promise<Response> {
    const request = asFromOutside(given); // As below: for a Worker that does not use routeRequest.
    askedInDevelopment(request);
    try {
      this.#guarded.check();
      // Here, because the SDK answers what goes wrong with its stack; but what a Worker of its author's own starts it with, only the SDK reads.
      // oxlint-disable-next-line no-underscore-dangle -- The SDK's name.
      if (!request.headers.has("x-agents-lifecycle-props")) await this.__unsafe_ensureInitialized();
      const { sockets } = this.#limits.standing();
      this.#redeemTicket(request);
      if (isUpgrade(request)) {
        checkHandshake(request, this.name);
        // Of a class that there is not, the SDK would give the socket to this agent.
        if (asksForProtocol(request) && new URL(request.url).pathname.split("/").length > 4 && !this.#isSubAgents(request.url))
          throw noSuchSocket();
        if (!this.#hasRoom(request, sockets)) this.#sockets.closeSilent(this.getConnections(), Date.now());
        if (!this.#hasRoom(request, sockets)) throw this.#hasNoRoom();
      }
    } catch (error) {
      return errorResponse(error);
    }
    return super.fetch(request);
  }

  /**
   * The runtime counts those that it keeps while the agent sleeps; the others of the SDK's clients are few, and counted where there is to be one more. One that
   * is being closed may wait for a peer that is gone. It takes memory until then, so there are no more of all together than twice as many.
   */
  #hasRoom(request: Request, sockets: number): boolean {
    const counted = new URL(request.url).searchParams.has("__agents_transport") ? [...this.getConnections()] : this.ctx.getWebSockets();
    return counted.length < 2 * sockets && counted.filter(({ readyState }) => readyState === WebSocket.OPEN).length < sockets;
  }

  /** An agent's author says which of its sub-agents are reached from outside, as `/sub/<class>/<name>`: by itself, none. */
  override onBeforeSubAgent(_request: Request, _child: { className: string; name: string }): Promise<Request | Response | void> {
    return Promise.resolve(errorResponse(noSuchPath()));
  }

  /** To the SDK's own clients whose time is not over: on a socket of this protocol it would be a faulty frame, which ends a client. */
  override broadcast(message: string | ArrayBuffer | ArrayBufferView, without: string[] = []): void {
    const excluded = [...without];
    for (const connection of this.getConnections()) {
      if (!this.#sockets.admitsBroadcast(connection)) excluded.push(connection.id);
    }
    super.broadcast(message, excluded);
  }

  /** The same of what a sub-agent sends to all of its own clients: their sockets are this agent's. */
  override async _cf_broadcastToSubAgent(...given: Parameters<Agent["_cf_broadcastToSubAgent"]>): Promise<void> {
    const [path, message, without = []] = given;
    const expired: string[] = [];
    // oxlint-disable-next-line no-underscore-dangle -- The SDK's name.
    for (const { id, state } of await this._cf_subAgentConnectionMetas(path)) if (hasExpired(state, SOCKET_KEY)) expired.push(id);
    // oxlint-disable-next-line no-underscore-dangle -- The same.
    await super._cf_broadcastToSubAgent(path, message, [...without, ...expired]);
  }

  override onRequest(request: Request): Promise<Response> {
    const grant = authorizationOf(request)?.grant;
    return handleHttp(request, {
      name: this.name,
      subBase: this.#subBase(request),
      runs: this.#runs,
      authorized: new AuthorizedRuns(this.#runs, grant),
      grant,
      limits: this.#limits,
      sockets: this.#isSubAgent ? [...this.getConnections()].length : this.ctx.getWebSockets().length,
    });
  }

  /** No client may set the agent's state. */
  override shouldConnectionBeReadonly(): boolean {
    return true;
  }

  /** An author's own may refuse a socket: it throws, or closes it. The handshake is answered where it calls `super`, or else when it has ended. */
  override onConnect(connection: Connection, context: ConnectionContext): void | Promise<void> {
    this.#sockets.begin(connection, context.request);
  }

  /** What the SDK's own clients send, once it was no call and no state. Frames of this protocol do not come this way. */
  override onMessage(connection: Connection, message: WSMessage): void | Promise<void> {
    return this.#sockets.receive(connection, message);
  }

  override onError(connection: Connection, error: unknown): void | Promise<void>;
  override onError(error: unknown): void | Promise<void>;
  /** There is nobody left to answer where a socket failed. */
  override onError(connectionOrError: unknown, error?: unknown): void | Promise<void> {
    if (!isConnection(connectionOrError) || error === undefined) return super.onError(connectionOrError);
  }
}

/** The SDK's schedules have whole seconds and are rounded down: an alarm that is early wakes the agent for nothing. */
function secondAfter(time: number): Date {
  return new Date(Math.ceil(time / 1_000) * 1_000);
}

function isConnection(value: unknown): value is Connection {
  return typeof value === "object" && value !== null && "setState" in value && "send" in value;
}
