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
}

export function stateOf(connection: Connection): SocketState {
  const state = knownState(connection);
  if (state !== undefined) return state;
  throw new Error("This connection was not opened by Sockets.connect.");
}

/** `undefined` for a socket that never came as far as Sockets.connect: its opening failed, or it is a sub-agent's. */
export function knownState(connection: Connection): SocketState | undefined {
  const state: unknown = connection.state;
  return isSocketState(state) ? state : undefined;
}

function isSocketState(state: unknown): state is SocketState {
  return typeof state === "object" && state !== null && "token" in state && "follows" in state;
}
