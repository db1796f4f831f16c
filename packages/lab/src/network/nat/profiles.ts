import type { NatOptions } from "./nat.ts";

/** A NAT as data, with where its numbers are from. A number that nobody measured says so. */
export interface NatProfile extends NatOptions {
  readonly name: string;
  readonly source: string;
}

export type NatName = "as-required" | "forgetful" | "forgetful-cloud";

export const nats: Readonly<Record<NatName, NatProfile>> = {
  "as-required": {
    name: "as-required",
    source: "the least that RFC 4787 (REQ-5) and RFC 5382 (REQ-5) allow: UDP 2 min, TCP 2 h 4 min",
    udpMs: 120_000,
    tcpMs: 7_440_000,
  },
  forgetful: {
    name: "forgetful",
    source:
      "UDP 30 s, the shortest of 34 home gateways (Hätönen et al., IMC 2010) and Linux's `nf_conntrack_udp_timeout`; TCP 5 min is assumed; drops in silence, as Azure's load balancer does by default",
    udpMs: 30_000,
    tcpMs: 300_000,
    unmappedTcp: "silence",
  },
  "forgetful-cloud": {
    name: "forgetful-cloud",
    source: "as forgetful, and answers TCP from inside with a reset, as the documents of Azure's NAT Gateway say of it",
    udpMs: 30_000,
    tcpMs: 300_000,
    unmappedTcp: "reset",
  },
};
