import type { Peer, Reader } from "@agent-transports/peers";

/** A client that reads a run: a peer's, or ours. */
export interface ReaderArm extends Pick<Peer, "id" | "label" | "transport"> {
  readonly connect: Reader["connect"];
}
