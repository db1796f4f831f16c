import { spawnSync } from "node:child_process";
import { ssPath } from "../allowed.ts";
import { NetworkError } from "../errors.ts";

/** A connection of TCP that is established, as the kernel tells it. */
export interface TcpConnection {
  /** Address and port of the end that is here. */
  readonly local: string;
  readonly peer: string;
  /** What the kernel controls this socket with, whatever was asked for. */
  readonly congestionControl: string;
}

/**
 * Where the calling thread is, without those on its own loopback.
 *
 * @param controls all that the kernel has
 * @throws NetworkError with what `ss` said
 */
export function tcpConnections(controls: readonly string[]): TcpConnection[] {
  const { status, stdout, stderr, error } = spawnSync(ssPath() ?? "ss", ["-tinH", "state", "established"], { encoding: "utf8" });
  if (error !== undefined) throw new NetworkError("command_failed", `ss cannot be run: ${error.message}.`, error);
  if (status !== 0) throw new NetworkError("command_failed", `ss ended with ${status}: ${stderr.trim()}`);
  return connectionsIn(stdout, controls);
}

/** Of each connection, `ss` writes a line with its queues and its ends, and an indented one with its TCP_INFO. */
export function connectionsIn(said: string, controls: readonly string[]): TcpConnection[] {
  return said
    .split(/\n(?=\S)/)
    .map((one) => one.trim())
    .filter((one) => one !== "")
    .flatMap((one) => {
      const [, , local = "", peer = "", ...info] = one.split(/\s+/);
      if (isLoopback(local)) return [];
      // Flags of the connection may stand before it, such as `ts` and `sack`.
      const congestionControl = info.find((word) => controls.includes(word));
      if (congestionControl === undefined)
        throw new NetworkError("command_failed", `ss names no congestion control that this kernel has (${controls.join(", ")}): ${one}`);
      return [{ local, peer, congestionControl }];
    });
}

/** A server that listens on all addresses has IPv4's in IPv6's form. */
function isLoopback(end: string): boolean {
  return /^(127\.|\[::ffff:127\.|\[::1\])/.test(end);
}
