import { isRunId } from "@agent-transports/protocol";
import { errors, jwtVerify, SignJWT } from "jose";
import { invalidRequest, misconfigured, runNotFound } from "../wire/errors.ts";
import { checkGrant, listedRuns, RIGHTS, unauthorized, type Authorization, type EffectiveGrant, type Right } from "./grant.ts";

/** Tickets for what cannot set a header, PROTOCOL.md §8.2. They stand for credentials: without an `authorize` there are none. */
export interface TicketOptions {
  /** Signs them: a secret of at least 32 characters. */
  readonly secret: string;
  /** How long a ticket waits for its use, in milliseconds: 1,000 at least. Default 30,000. */
  readonly lifetimeMs?: number;
}

export const TICKET_LIFETIME_MS = 30_000;
const LIFETIME_LEAST_MS = 1_000;
const ALGORITHM = "HS256";
const SECRET_MIN_LENGTH = 32;

/** What a ticket is asked for. */
export interface TicketRequest {
  readonly run: string | undefined;
  readonly rights: readonly Right[] | undefined;
}

/** Checks the body of `POST <base>/tickets`. @throws RequestError `invalid_request` */
export function parseTicketRequest(body: unknown): TicketRequest {
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw invalidRequest("The body must be a JSON object such as {}.");
  const run: unknown = "run" in body ? body.run : undefined;
  const rights: unknown = "rights" in body ? body.rights : undefined;
  if (run !== undefined && !isRunId(run)) throw invalidRequest("run must be a run's id.", "run");
  if (rights === undefined) return { run, rights };
  if (!Array.isArray(rights) || !rights.every(isRight)) throw invalidRequest(`rights must be some of ${RIGHTS.join(", ")}.`, "rights");
  return { run, rights };
}

function isRight(value: unknown): value is Right {
  return RIGHTS.some((right) => right === value);
}

/** Signs a ticket for one connection to one agent. It gives no more than the grant it comes from. */
export async function issueTicket(
  { secret, lifetimeMs = TICKET_LIFETIME_MS }: TicketOptions,
  agent: string,
  grant: EffectiveGrant,
  { run, rights }: TicketRequest,
): Promise<{ ticket: string; expiresAt: string }> {
  // 30, as of seconds, would do on the machine where it is tried, and nowhere else.
  if (!Number.isFinite(lifetimeMs) || lifetimeMs < LIFETIME_LEAST_MS)
    throw misconfigured(`The tickets' lifetimeMs must be a number of at least ${LIFETIME_LEAST_MS}: it is in milliseconds.`);
  if (run !== undefined && listedRuns(grant)?.includes(run) === false) throw runNotFound(run);
  const expiresAt = Math.min(Date.now() + lifetimeMs, grant.expiresAt ?? Number.POSITIVE_INFINITY);
  const narrowed: EffectiveGrant = {
    ...grant,
    ...(rights !== undefined && { rights: rights.filter((right) => grant.rights?.includes(right) !== false) }),
    // Beside the grant's own runs, and not in their place: which these are, only the agent knows.
    ...(run !== undefined && { only: run }),
  };
  const ticket = await new SignJWT({ grant: narrowed, until: expiresAt })
    .setProtectedHeader({ alg: ALGORITHM })
    .setAudience(agent)
    .setJti(crypto.randomUUID())
    // Seconds, by the format: `until` is exact.
    .setExpirationTime(Math.ceil(expiresAt / 1000))
    .sign(keyOf(secret));
  return { ticket, expiresAt: new Date(expiresAt).toISOString() };
}

/**
 * Reads a ticket. That it is used once is the agent's to see, which redeems it.
 *
 * @param runs the runs that the connection asks for
 * @throws RequestError `unauthorized`
 */
export async function readTicket(
  { secret }: TicketOptions,
  agent: string,
  ticket: string,
  runs: readonly string[],
): Promise<Authorization> {
  try {
    const { payload } = await jwtVerify<{ grant: EffectiveGrant; until: number }>(ticket, keyOf(secret), {
      algorithms: [ALGORITHM],
      audience: agent,
      requiredClaims: ["jti", "exp"],
    });
    const { grant, until, jti } = payload;
    if (jti === undefined || Date.now() >= until) throw unauthorized("This ticket has expired. Ask for another.");
    if (grant.only !== undefined && runs.some((asked) => asked !== grant.only)) throw unauthorized("This ticket is for another run.");
    return { grant: checkGrant(grant), ticket: { id: jti, expiresAt: until } };
  } catch (error) {
    // What exactly is wrong with a forged one is nobody's business.
    if (error instanceof errors.JOSEError) throw unauthorized("This ticket is not valid. Ask for another.");
    throw error;
  }
}

/** @throws RequestError `misconfigured` where the secret could be guessed */
export function checkSecret(secret: string, name: string): void {
  // Of a variable that is not set, there is no secret at all.
  if (typeof secret !== "string" || secret.length < SECRET_MIN_LENGTH)
    throw misconfigured(`${name} must have at least ${SECRET_MIN_LENGTH} characters.`);
}

/** @throws RequestError `misconfigured` */
function keyOf(secret: string): Uint8Array {
  checkSecret(secret, "The tickets' secret");
  return new TextEncoder().encode(secret);
}

/** Which tickets were used, in the agent's SQLite: forgotten when their time is over. */
export class TicketLedger {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec("CREATE TABLE IF NOT EXISTS transport_tickets (id TEXT PRIMARY KEY, expires_at INTEGER NOT NULL) WITHOUT ROWID");
  }

  /** @throws RequestError `unauthorized` where it was used before */
  redeem({ id, expiresAt }: { readonly id: string; readonly expiresAt: number }, now: number): void {
    // A minute's grace: the clock of the Worker in front is another.
    this.#sql.exec("DELETE FROM transport_tickets WHERE expires_at < ?", now - 60_000);
    const { rowsWritten } = this.#sql.exec("INSERT OR IGNORE INTO transport_tickets (id, expires_at) VALUES (?, ?)", id, expiresAt);
    if (rowsWritten === 0) throw unauthorized("This ticket was used before. Ask for another: each opens one connection.");
  }
}
