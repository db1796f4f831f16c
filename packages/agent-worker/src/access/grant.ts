import { isRunId } from "@agent-transports/protocol";
import type { RunRecord } from "../runs/log.ts";
import { misconfigured, RequestError } from "../wire/errors.ts";

/** PROTOCOL.md §8.1. `sdk`: a socket of the Agents SDK's own clients (`AgentClient`, `useAgent`), which this protocol does not serve. */
export const RIGHTS = ["start", "read", "list", "input", "cancel", "sdk"] as const;
export type Right = (typeof RIGHTS)[number];

const GRANT_MAX_RUNS = 32;
/** As seconds, a time from 2001 to 5138; as milliseconds, one of January 1970 to March 1973, at which no credentials ended. */
const SECONDS_FROM = 1e9;
const SECONDS_TO = 1e11;

/** What credentials give over one agent. */
export interface Grant {
  /** Who it is: 1 to 128 printable ASCII characters. Runs remember who started them, and an operator's events name it: no secret. */
  readonly subject: string;
  /** Default: all. */
  readonly rights?: readonly Right[];
  /** Over which of the agent's runs: those of these ids (up to 32), or those that this subject started. Default: all. */
  readonly runs?: readonly string[] | "own";
  /** When it ends, in milliseconds since 1970. Connections do not outlive it. */
  readonly expiresAt?: number;
}

/** A grant as it is held against requests and frames. */
export interface EffectiveGrant extends Grant {
  /** The one run that a ticket is for; whether the grant reaches it is still asked. */
  readonly only?: string;
}

/** A grant as the Worker hands it to the agent, and the ticket that has to be redeemed there. */
export interface Authorization {
  readonly grant: EffectiveGrant;
  readonly ticket?: { readonly id: string; readonly expiresAt: number };
}

/** From the Worker to the agent only. */
const AUTHORIZATION_HEADER = "x-agent-transports-held";
/** The Agents SDK's own, of a socket that it hands on to a sub-agent. */
const SUB_AGENT_HEADER = "x-cf-agents-subagent-url";
/** From the Worker to a sub-agent, whose own requests have nothing of it: its base, as the client reached it. */
const BASE_HEADER = "x-agent-transports-base";
/** Taken off whatever comes in. The Agents SDK's own: one hands a socket on to a sub-agent unasked, the other sets what an agent is started with. */
const INTERNAL_HEADERS = [AUTHORIZATION_HEADER, BASE_HEADER, SUB_AGENT_HEADER, "x-agents-lifecycle-props"];

/** @param subBase the base of the sub-agent that it is for */
export function withAuthorization(request: Request, authorization: Authorization | undefined, subBase?: string): Request {
  const copy = new Request(request);
  for (const header of INTERNAL_HEADERS) copy.headers.delete(header);
  if (authorization !== undefined) copy.headers.set(AUTHORIZATION_HEADER, JSON.stringify(authorization));
  if (subBase !== undefined) copy.headers.set(BASE_HEADER, subBase);
  return copy;
}

/**
 * A request that an author's hook has made of another one, as the sub-agent is to get it: what the Worker said of credentials would else be lost with the other
 * headers, and a sub-agent that is told nothing of them asks for none. Its path stays that of the first, by which the Agents SDK goes.
 */
export function keepingAuthorization(made: Request, from: Request): Request {
  const url = new URL(made.url);
  url.pathname = new URL(from.url).pathname;
  const copy = new Request(url, made);
  for (const header of INTERNAL_HEADERS) {
    const held = from.headers.get(header);
    if (held === null) copy.headers.delete(header);
    else copy.headers.set(header, held);
  }
  return copy;
}

/** Without what only the Agents SDK itself may say: that a socket is handed on to a sub-agent. */
export function asFromOutside(request: Request): Request {
  if (!isForSubAgent(request)) return request;
  const copy = new Request(request);
  copy.headers.delete(SUB_AGENT_HEADER);
  return copy;
}

/** Of a sub-agent, where this package's routing brought the request. */
export function subBaseOf({ headers }: Request): string | undefined {
  return headers.get(BASE_HEADER) ?? undefined;
}

/** Whether a socket is a sub-agent's of this agent. */
export function isForSubAgent({ headers }: Request): boolean {
  return headers.has(SUB_AGENT_HEADER);
}

/** What the Worker in front said of this request's credentials; `undefined` where it asks for none. */
export function authorizationOf(request: Request): Authorization | undefined {
  const header = request.headers.get(AUTHORIZATION_HEADER);
  if (header === null) return undefined;
  const authorization: Authorization = JSON.parse(header);
  return authorization;
}

/**
 * Grants that a hook gave are a developer's code: a faulty one refuses, and says why. What else its object holds stays behind: it goes into no header, no
 * socket's state and no ticket, which its holder can read.
 *
 * @throws RequestError `misconfigured`, which quotes nothing of the grant
 */
export function checkGrant({ subject, rights, runs, expiresAt, only }: EffectiveGrant): EffectiveGrant {
  // What is no text would be tested as one: `undefined` is nine printable characters.
  if (typeof subject !== "string" || !/^[\x20-\x7e]{1,128}$/.test(subject))
    throw misconfigured("The subject of a grant must be 1 to 128 printable ASCII characters.");
  // `null` too, which JSON makes of much: it would stand for all rights.
  if (rights !== undefined && (!Array.isArray(rights) || rights.some((right) => !RIGHTS.includes(right)))) {
    throw misconfigured(`The rights of a grant must be a list of some of ${RIGHTS.join(", ")}.`);
  }
  if (runs !== undefined && runs !== "own" && (!Array.isArray(runs) || runs.length > GRANT_MAX_RUNS || !runs.every(isRunId))) {
    throw misconfigured(`The runs of a grant must be a list of at most ${GRANT_MAX_RUNS} run ids, or "own".`);
  }
  if (expiresAt !== undefined && !Number.isFinite(expiresAt))
    throw misconfigured("The expiresAt of a grant must be a time in milliseconds since 1970.");
  // Else it would have been over for decades, and each request with it refused as one whose credentials have expired.
  if (expiresAt !== undefined && expiresAt >= SECONDS_FROM && expiresAt < SECONDS_TO)
    throw misconfigured("The expiresAt of a grant is in seconds, as a JWT's exp is. It must be in milliseconds: multiply it by 1000.");
  return {
    subject,
    ...(rights !== undefined && { rights }),
    ...(runs !== undefined && { runs }),
    ...(expiresAt !== undefined && { expiresAt }),
    ...(only !== undefined && { only }),
  };
}

export function unauthorized(message: string): RequestError {
  return new RequestError({ code: "unauthorized", message }, { "WWW-Authenticate": "Bearer" });
}

export function forbidden(message: string): RequestError {
  return new RequestError({ code: "forbidden", message });
}

/** @throws RequestError `unauthorized` where the grant's time is over, `forbidden` where it does not give this right */
export function requireRight(grant: EffectiveGrant | undefined, right: Right): void {
  if (grant === undefined) return;
  requireUnexpired(grant);
  if (grant.rights?.includes(right) === false) throw forbidden(`These credentials do not give the right to ${right}.`);
  if (right === "start" && (grant.only ?? listedRuns(grant)) !== undefined)
    throw forbidden("These credentials are for existing runs only.");
}

/** @throws RequestError `unauthorized` */
export function requireUnexpired({ expiresAt }: Grant): void {
  if (expiresAt !== undefined && Date.now() >= expiresAt) throw credentialsExpired();
}

export function credentialsExpired(): RequestError {
  return unauthorized("These credentials have expired. Connect again with fresh ones.");
}

/** The runs that a grant names; `undefined` where it is over all, or over its subject's own. */
export function listedRuns({ runs }: Grant): readonly string[] | undefined {
  return runs === "own" ? undefined : runs;
}

/** Whether a grant reaches a run. */
export function covers(grant: EffectiveGrant | undefined, run: RunRecord): boolean {
  if (grant?.only !== undefined && grant.only !== run.id) return false;
  if (grant?.runs === undefined) return true;
  return grant.runs === "own" ? run.subject === grant.subject : grant.runs.includes(run.id);
}
