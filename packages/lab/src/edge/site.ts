import type { Certificate } from "./certificate.ts";
import type { VersionQuestion } from "../tools.ts";
import type { Ready } from "./program.ts";

/** What a client speaks with an edge: HTTP/1.1, HTTP/2, HTTP/3. */
export type HttpVersion = "h1" | "h2" | "h3";

/** What a port speaks: one version and no other, or HTTP/2 and HTTP/1.1, of which the client chooses, as where an Agent is deployed. */
export type Port = HttpVersion | "h2-or-h1";

/** What an edge's configuration is made from. */
export interface Site {
  /** The address to listen on. */
  readonly address: string;
  readonly ports: ReadonlyMap<Port, number>;
  /** The Worker. */
  readonly target: URL;
  readonly certificate: Certificate;
  /** The edge's own, where its files are. */
  readonly folder: string;
}

/** How an edge is run on a site. */
export interface Run {
  /** In its folder, by name. */
  readonly files: Readonly<Record<string, string>>;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly ready: Ready;
  /** Where it logs what went wrong, in its folder; without one it says so on its standard error. */
  readonly log?: string;
}

/** A program that can stand before the Worker; as data. */
export interface EdgeProgram {
  readonly versions: readonly HttpVersion[];
  /** Each version has one of its own. */
  readonly ports: readonly Port[];
  /** Over which of them it takes a WebSocket: over HTTP/2 that is RFC 8441. */
  readonly webSockets: readonly HttpVersion[];
  readonly path: () => string;
  /** Why it cannot be had on this machine; `null` where it can. */
  readonly missing: () => string | null;
  readonly version: readonly VersionQuestion[];
  readonly run: (site: Site) => Run;
}
