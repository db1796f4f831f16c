import { createHash, timingSafeEqual } from "node:crypto";
import { misconfigured } from "../wire/errors.ts";
import { isUpgrade } from "../wire/handshake.ts";
import { splitSubAgents } from "../wire/sub-agents.ts";
import type { Grant, Right } from "./grant.ts";

const TOKEN_MIN_LENGTH = 16;

/** What a request is about to do, for an {@link Authorize} to judge. */
export interface Access {
  /** Its body is not to be read: the agent reads it. */
  readonly request: Request;
  /** The agent's name; for a sub-agent, that of the agent at its root. */
  readonly agent: string;
  /**
   * `connect` opens a connection: a WebSocket's handshake, whose every frame is then held to the grant, or the `OPTIONS` of PROTOCOL.md §3.7, which gives
   * nothing out. `ticket` asks for one.
   */
  readonly action: Right | "connect" | "ticket";
  /** The run that its path names. */
  readonly run: string | undefined;
  /** Of `Authorization: Bearer <token>`. */
  readonly token: string | undefined;
}

/**
 * Says who may do what: the one hook for both transports, asked of each request and each handshake before the agent is created.
 *
 * Give back what the credentials give, or nothing where they do not hold (401). The grant is held against the request, and against
 * each frame of the socket. What it throws refuses too (500).
 */
export type Authorize = (access: Access) => Grant | undefined | Promise<Grant | undefined>;

/** {@link Access}, from a request to `<base><path>`. */
export function accessOf(request: Request, agent: string, path: string): Access {
  // Of `…/stream` it is a chat's id: which run that is, only the agent knows, and it looks whether that one may be read.
  const { sub, below } = splitSubAgents(path);
  const [, run] = /^\/runs\/([^/]+)(?:$|\/(?!stream$))/.exec(below) ?? [];
  const [, token] = /^Bearer +([\x21-\x7e]+) *$/i.exec(request.headers.get("Authorization") ?? "") ?? [];
  return { request, agent, action: actionOf(request, below, sub !== ""), run, token };
}

/** PROTOCOL.md §8.1, its table. Paths that do not exist are the agent's to refuse, for whoever may read. */
function actionOf(request: Request, path: string, ofSubAgent: boolean): Access["action"] {
  if (isUpgrade(request) || request.method === "OPTIONS") return "connect";
  if (request.method === "DELETE") return "cancel";
  if (request.method === "POST") return path === "/tickets" && !ofSubAgent ? "ticket" : path.endsWith("/inputs") ? "input" : "start";
  return path === "/runs" ? "list" : "read";
}

/**
 * Bearer tokens that are known beforehand: for programs, and for a first deployment. Compared in constant time.
 *
 * @param tokens what each token gives
 * @throws TypeError where a token has fewer than 16 characters: it could be guessed
 */
export function bearerTokens(tokens: Readonly<Record<string, Grant>>): Authorize {
  const known = Object.entries(tokens).map(([token, grant]) => {
    if (token.length < TOKEN_MIN_LENGTH)
      throw new TypeError(`The token of ${grant.subject} has fewer than ${TOKEN_MIN_LENGTH} characters: it could be guessed.`);
    return { digest: digestOf(token), grant };
  });
  return ({ token }) => {
    if (token === undefined) return undefined;
    const digest = digestOf(token);
    let found: Grant | undefined;
    // All are compared, so that the time says nothing of which one it was.
    for (const one of known) if (timingSafeEqual(one.digest, digest)) found = one.grant;
    return found;
  };
}

function digestOf(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

/** `AGENT_TOKENS` of this package's Worker: `<subject>=<token>`, separated by commas. @throws RequestError `misconfigured` */
export function tokensFrom(variable: string): Record<string, Grant> {
  const tokens = new Map<string, Grant>();
  const entries = variable.split(",");
  for (const [index, entry] of entries.entries()) {
    // The entry itself is not said: it is a secret.
    const refuse = (what: string): never => {
      throw misconfigured(`AGENT_TOKENS must be <subject>=<token>, separated by commas: entry ${index + 1} of ${entries.length} ${what}.`);
    };
    if (entry.trim() === "") refuse(entries.length === 1 ? "is empty" : "is empty: remove the extra comma");
    const [, subject, token] = /^\s*([\x21-\x3c\x3e-\x7e]{1,128})=([\x21-\x2b\x2d-\x7e]+)\s*$/.exec(entry) ?? [];
    if (subject === undefined || token === undefined) return refuse("does not have that form, or has spaces");
    if (token.length < TOKEN_MIN_LENGTH) refuse(`has a token of fewer than ${TOKEN_MIN_LENGTH} characters: it could be guessed`);
    if (tokens.has(token)) refuse("repeats the token of another entry");
    tokens.set(token, { subject });
  }
  return Object.fromEntries(tokens);
}
