import { NetworkError } from "../errors.ts";

/** What a NAT does with a segment of TCP from inside that belongs to no mapping, and opens none: it drops it, or it answers with a reset. */
export type Unmapped = "silence" | "reset";

/** How long a NAT remembers a connection through which nothing goes, and what it does after. */
export interface NatOptions {
  readonly udpMs: number;
  readonly tcpMs: number;
  /** Default: silence. What comes from outside is dropped in silence in either case. */
  readonly unmappedTcp?: Unmapped;
  /** Whether a connection that was forgotten has the port that it had, where it goes on. Default: another one. */
  readonly keepsPort?: boolean;
}

/** TCP or UDP between two ports, by the numbers that IPv4 has for all of these. */
export interface Flow {
  readonly protocol: number;
  readonly near: number;
  readonly nearPort: number;
  readonly far: number;
  readonly farPort: number;
}

/** Why a packet does not get through: its connection was forgotten, or has never been seen. */
export type Refusal = "forgotten" | "unknown";

export const TCP = 6;
export const UDP = 17;

interface Mapping {
  readonly inner: Flow;
  readonly outerPort: number;
  usedAt: number;
}

/** Above the ports that Linux gives to those who ask for none (`ip_local_port_range`): nobody inside has one of them. */
const FIRST_OTHER_PORT = 61_000;
const OTHER_PORTS = 4_536;

/**
 * What a NAT remembers, as a function of packets and time. It maps each connection by itself, and lets in only what answers it, as Linux does. The near
 * side keeps its address and, at first, its port (RFC 4787 §4.2.1). Packets of either direction keep a mapping alive: those from inside must (RFC 4787,
 * REQ-6), and those from outside do so in Linux.
 */
export class Nat {
  readonly #options: NatOptions;
  readonly #byInner = new Map<string, Mapping>();
  /** Also those that are forgotten, until another one has their port. */
  readonly #byOuter = new Map<string, Mapping>();
  #next = 0;
  #remapped = 0;

  /** @throws NetworkError for a time that cannot be */
  constructor(options: NatOptions) {
    checkNat(options);
    this.#options = options;
  }

  /** How many connections have got another port, because theirs was forgotten. */
  get remapped(): number {
    return this.#remapped;
  }

  /**
   * A packet from inside.
   *
   * @param opens whether it begins a connection, as a SYN does; of UDP each packet does
   * @returns the port that it leaves from
   */
  outward(flow: Flow, opens: boolean, now: number): number | Refusal {
    const before = this.#byInner.get(keyOf(flow, flow.nearPort));
    if (before !== undefined && this.#remembers(before, now)) {
      before.usedAt = now;
      return before.outerPort;
    }
    if (!opens) return before === undefined ? "unknown" : "forgotten";
    const keeps = before === undefined || this.#options.keepsPort === true;
    const outerPort = this.#free(flow, before?.outerPort ?? flow.nearPort, keeps, now);
    if (before !== undefined && outerPort !== before.outerPort) this.#remapped += 1;
    const mapping = { inner: flow, outerPort, usedAt: now };
    this.#byInner.set(keyOf(flow, flow.nearPort), mapping);
    this.#byOuter.set(keyOf(flow, outerPort), mapping);
    return outerPort;
  }

  /** A packet from outside, to this port. @returns the port inside that it is for */
  inward(flow: Flow, now: number): number | Refusal {
    const mapping = this.#byOuter.get(keyOf(flow, flow.nearPort));
    if (mapping === undefined) return "unknown";
    if (!this.#remembers(mapping, now)) return "forgotten";
    mapping.usedAt = now;
    return mapping.inner.nearPort;
  }

  #remembers({ inner, usedAt }: Mapping, now: number): boolean {
    return now - usedAt < (inner.protocol === TCP ? this.#options.tcpMs : this.#options.udpMs);
  }

  /** The wanted port, unless another mapping has it or it is to be another one. */
  #free(flow: Flow, wanted: number, keeps: boolean, now: number): number {
    const isFree = (port: number): boolean => {
      const mapping = this.#byOuter.get(keyOf(flow, port));
      return mapping === undefined || !this.#remembers(mapping, now);
    };
    if (keeps && isFree(wanted)) return wanted;
    for (let tried = 0; tried < OTHER_PORTS; tried++) {
      const port = FIRST_OTHER_PORT + (this.#next++ % OTHER_PORTS);
      if (port !== wanted && isFree(port)) return port;
    }
    throw new NetworkError("bad_option", `The NAT has no port left: it has ${OTHER_PORTS} for those that it does not keep.`);
  }
}

/** @throws NetworkError that names the field */
export function checkNat({ udpMs, tcpMs }: NatOptions): void {
  for (const [field, ms] of Object.entries({ udpMs, tcpMs })) {
    if (!(ms > 0)) throw new NetworkError("bad_option", `nat.${field} must be a number of milliseconds above 0: ${ms} is not.`);
  }
}

function keyOf({ protocol, near, far, farPort }: Flow, nearPort: number): string {
  return `${protocol} ${near}:${nearPort} ${far}:${farPort}`;
}
