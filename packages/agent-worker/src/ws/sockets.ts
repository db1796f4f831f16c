import { encodeFrame, parseEventId, PROTOCOL_VERSION, type ServerFrame } from "@agent-transports/protocol";
import type { Connection } from "agents";
import { runNotFound, toErrorBody } from "../errors.ts";
import { parseStart } from "../input.ts";
import type { Runs } from "../runs.ts";
import { contextOf, parseFrame, type FrameContext, type ReceivedFrame } from "./frames.ts";
import { Subscription } from "./subscription.ts";

/** What outlives hibernation, in the connection's state: which runs a socket follows, and from where it can be served again. */
interface SocketState {
  /** A connection's own id is the client's to choose (`_pk`) and two may share one. */
  readonly token: string;
  /** The agent's base path, as the client reached it. */
  readonly base: string;
  readonly follows: Readonly<Record<string, { readonly after: string | null; readonly acks: boolean }>>;
}

/** Whether the client asked for this protocol, PROTOCOL.md §4; else it is the Agents SDK's own client, or a person's tool. */
export function asksForProtocol(request: Request): boolean {
  return new URL(request.url).searchParams.has("v");
}

/**
 * Why a socket cannot be opened here. Ask before the agent is asked: it can close a socket too, but a client hears of that only when the runtime
 * has waited ten seconds for the connection to end.
 */
export function refusalOf(request: Request, agentName: string): { readonly status: 400 | 404; readonly reason: string } | undefined {
  const { pathname, searchParams } = new URL(request.url);
  const version = searchParams.get("v");
  if (version === null) return undefined; // Not a client of this protocol.
  if (version !== String(PROTOCOL_VERSION))
    return { status: 400, reason: `This agent speaks version ${PROTOCOL_VERSION} of the protocol.` };
  if (pathname.replace(/\/$/, "").endsWith(`/${agentName}`)) return undefined;
  return { status: 404, reason: "There is no such path. A socket is opened at the agent itself." };
}

/** Serves the sockets of one agent, PROTOCOL.md §4. */
export class Sockets {
  readonly #runs: Runs;
  /** By socket token, then by run id. Lost when the object sleeps; an `ack` or a restart of the agent brings a subscription back. */
  readonly #subscriptions: Map<string, Map<string, Subscription>> = new Map();

  constructor(runs: Runs) {
    this.#runs = runs;
  }

  connect(connection: Connection, request: Request, agentName: string): void {
    const { pathname, searchParams: query } = new URL(request.url);
    connection.setState({ token: crypto.randomUUID(), base: pathname.replace(/\/$/, ""), follows: {} } satisfies SocketState);
    const refusal = refusalOf(request, agentName);
    if (refusal !== undefined) {
      connection.close(4000 + refusal.status, refusal.reason);
      return;
    }
    const acks = query.get("acks") === "1";
    for (const resume of query.getAll("resume")) {
      const colon = resume.indexOf(":");
      const run = colon === -1 ? resume : resume.slice(0, colon);
      const after = colon === -1 ? undefined : resume.slice(colon + 1);
      this.#guard(connection, { frame: "resume", run }, () => this.#resume(connection, run, after, acks));
    }
  }

  async receive(connection: Connection, message: string | ArrayBuffer | ArrayBufferView): Promise<void> {
    const parsed = parseFrame(message);
    if ("error" in parsed) {
      this.#fail(connection, parsed.context, parsed.error);
      return;
    }
    const { frame } = parsed;
    if (frame.type === "start") {
      // Checking messages is the one asynchronous step; the start itself is one turn.
      try {
        const request = await parseStart({ ...frame.input, key: frame.key }, null);
        this.#guard(connection, contextOf(frame), () => this.#start(connection, frame.key, request, frame.acks === true));
      } catch (error) {
        this.#fail(connection, contextOf(frame), error);
      }
      return;
    }
    this.#guard(connection, contextOf(frame), () => this.#handle(connection, frame));
  }

  disconnect(connection: Connection): void {
    const { token } = stateOf(connection);
    for (const subscription of this.#subscriptions.get(token)?.values() ?? []) subscription.close();
    this.#subscriptions.delete(token);
  }

  /** After a restart of the agent: sockets that outlived it are told how their runs ended. */
  recover(connections: Iterable<Connection>, ended: ReadonlySet<string>): void {
    for (const connection of connections) {
      for (const [run, { after, acks }] of Object.entries(stateOf(connection).follows)) {
        if (ended.has(run)) this.#guard(connection, { run }, () => this.#subscribe(connection, run, after, acks));
      }
    }
  }

  #handle(connection: Connection, frame: Exclude<ReceivedFrame, { type: "start" }>): void {
    switch (frame.type) {
      case "resume":
        return this.#resume(connection, frame.run, frame.after, frame.acks === true);
      case "input":
        return this.#send(connection, {
          type: "accepted",
          run: frame.run,
          key: frame.key,
          id: this.#runs.input(frame.run, frame.key, frame.data),
        });
      case "cancel":
        return this.#send(connection, { type: "cancelled", run: this.#runs.info(this.#runs.cancel(frame.run), stateOf(connection).base) });
      case "unsubscribe":
        return this.#unsubscribe(connection, frame.run);
      case "ack":
        return this.#acknowledge(connection, frame.run, frame.id);
      case "ping":
        // The runtime answers these while the agent sleeps; this is for a socket on which it does not.
        return this.#send(connection, { type: "pong" });
    }
  }

  #start(connection: Connection, key: string, request: Awaited<ReturnType<typeof parseStart>>, acks: boolean): void {
    const { run, joined } = this.#runs.start(request);
    this.#send(connection, { type: "started", key, run: this.#runs.info(run, stateOf(connection).base), joined });
    this.#subscribe(connection, run.id, null, acks);
  }

  #resume(connection: Connection, id: string, after: string | undefined, acks: boolean): void {
    const run = this.#runs.find(id);
    const seq = this.#runs.resolveCursor(run, after);
    this.#send(connection, {
      type: "resumed",
      run: this.#runs.info(run, stateOf(connection).base),
      after: seq === 0 ? null : (after ?? null),
    });
    this.#subscribe(connection, id, after ?? null, acks);
  }

  #subscribe(connection: Connection, id: string, after: string | null, acks: boolean): void {
    const run = this.#runs.find(id);
    const state = stateOf(connection);
    const subscriptions = this.#subscriptions.get(state.token) ?? new Map<string, Subscription>();
    this.#subscriptions.set(state.token, subscriptions);
    subscriptions.get(id)?.close();
    this.#remember(connection, id, { after, acks });
    const subscription = new Subscription(this.#runs, run, {
      after: this.#runs.resolveCursor(run, after),
      paced: acks,
      sink: connection,
      onComplete: () => this.#unsubscribe(connection, id),
    });
    subscriptions.set(id, subscription);
    subscription.deliver();
  }

  #acknowledge(connection: Connection, id: string, cursor: string): void {
    const state = stateOf(connection);
    const follow = state.follows[id];
    if (follow === undefined) return; // Complete or unsubscribed since: an acknowledgement that crossed it.
    const run = this.#runs.find(id);
    const seq = this.#runs.resolveCursor(run, cursor);
    this.#remember(connection, id, { after: cursor, acks: follow.acks });
    const subscription = this.#subscriptions.get(state.token)?.get(id);
    if (subscription !== undefined) subscription.acknowledge(seq);
    else if (parseEventId(cursor) !== undefined) this.#subscribe(connection, id, cursor, follow.acks);
    else throw runNotFound(id);
  }

  #unsubscribe(connection: Connection, id: string): void {
    const state = stateOf(connection);
    this.#subscriptions.get(state.token)?.get(id)?.close();
    this.#subscriptions.get(state.token)?.delete(id);
    const { [id]: _left, ...follows } = state.follows;
    connection.setState({ ...state, follows } satisfies SocketState);
  }

  #remember(connection: Connection, id: string, follow: { after: string | null; acks: boolean }): void {
    const state = stateOf(connection);
    connection.setState({ ...state, follows: { ...state.follows, [id]: follow } } satisfies SocketState);
  }

  #guard(connection: Connection, context: FrameContext, action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#fail(connection, context, error);
    }
  }

  #fail(connection: Connection, context: FrameContext, error: unknown): void {
    this.#send(connection, { type: "error", error: toErrorBody(error), ...context });
  }

  #send(connection: Connection, frame: ServerFrame): void {
    connection.send(encodeFrame(frame));
  }
}

function stateOf(connection: Connection): SocketState {
  const state: unknown = connection.state;
  if (isSocketState(state)) return state;
  throw new Error("This connection was not opened by Sockets.connect.");
}

function isSocketState(state: unknown): state is SocketState {
  return typeof state === "object" && state !== null && "token" in state && "follows" in state;
}
