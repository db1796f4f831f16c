import type { Connection } from "agents";
import type { EffectiveGrant } from "../access/grant.ts";

/** What outlives hibernation, in the connection's state (16 KB): which runs a socket follows, from where it can be served again, and for whom. */
export interface SocketState {
  /** A connection's own id is the client's to choose (`_pk`) and two may share one. */
  readonly token: string;
  /** The agent's base path, as the client reached it. */
  readonly base: string;
  readonly follows: Readonly<Record<string, { readonly after: string | null; readonly acks: boolean }>>;
  /** Absent where the agent asks for no credentials. */
  readonly grant?: EffectiveGrant;
  /** A socket without `v=1`: one of the Agents SDK's own clients. */
  readonly sdk?: true;
  /** It asked for binary frames, PROTOCOL.md §4.6. */
  readonly binary?: true;
  /** The period in which the client promised a `ping`; absent where it promised none. */
  readonly heartbeatMs?: number;
  /** In ms since 1970. Absent where an older version opened it. */
  readonly openedAt?: number;
  /** Until when its client said that it may be sending one large frame, in ms since 1970: no ping can come before the end of it. */
  readonly busyUntil?: number;
}

/** Where a connection's state is kept: beside what an author's `connection.setState` keeps, which neither shows nor replaces it. */
export interface StateStore {
  get(connection: Connection): unknown;
  set(connection: Connection, state: SocketState): void;
}

export class SocketStates {
  readonly #store: StateStore;
  /** By socket token. A sub-agent's socket is its parent's, who keeps what it was told first: what changes of it lives as long as the sub-agent. */
  readonly #follows: Map<string, SocketState["follows"]> = new Map();

  constructor(store: StateStore) {
    this.#store = store;
  }

  of(connection: Connection): SocketState {
    const state = this.known(connection);
    if (state !== undefined) return state;
    throw new Error("This connection was not opened by Sockets.open.");
  }

  /** `undefined` for a socket that never came as far as Sockets.open. */
  known(connection: Connection): SocketState | undefined {
    const state = this.#store.get(connection);
    if (!isSocketState(state)) return undefined;
    const follows = this.#follows.get(state.token);
    return follows === undefined ? state : { ...state, follows };
  }

  set(connection: Connection, state: SocketState): void {
    this.#store.set(connection, state);
    this.#follows.set(state.token, state.follows);
  }

  /** What is in memory of it. */
  forget(token: string): void {
    this.#follows.delete(token);
  }
}

/** Whether the time of a socket's credentials is over. @param kept all that its connection keeps, and under which key the agent's own */
export function hasExpired(kept: unknown, key: string): boolean {
  const state: unknown = typeof kept === "object" && kept !== null ? Reflect.get(kept, key) : undefined;
  return isSocketState(state) && Date.now() >= (state.grant?.expiresAt ?? Number.POSITIVE_INFINITY);
}

/** Also of one that was closed from here, and from which frames still come. */
export function isClosed({ readyState }: Connection): boolean {
  return readyState === WebSocket.CLOSING || readyState === WebSocket.CLOSED;
}

function isSocketState(state: unknown): state is SocketState {
  return typeof state === "object" && state !== null && "token" in state && "follows" in state;
}
