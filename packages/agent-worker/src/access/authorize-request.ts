import { reportFault } from "../observability/observe.ts";
import { RequestError, runNotFound } from "../wire/errors.ts";
import { asksForProtocol, isUpgrade } from "../wire/handshake.ts";
import { splitSubAgents } from "../wire/sub-agents.ts";
import type { Access, Authorize } from "./authorize.ts";
import { checkGrant, listedRuns, requireRight, requireUnexpired, unauthorized, type Authorization, type Grant } from "./grant.ts";
import { readTicket, type TicketOptions } from "./tickets.ts";

const TICKET_MAX_LENGTH = 8_192;

/**
 * What a request's credentials give, PROTOCOL.md §8.1, looked at before the agent is created.
 *
 * @param path below the agent's base
 * @param audience which agent: `<segment>/<name>`
 * @throws RequestError `unauthorized`, `forbidden`, `run_not_found`
 */
export async function authorizeRequest(
  access: Access,
  path: string,
  audience: string,
  authorize: Authorize,
  tickets: TicketOptions | undefined,
): Promise<Authorization> {
  const { searchParams } = new URL(access.request.url);
  const ticket = searchParams.get("ticket");
  // What a browser opens without being able to set a header.
  const opensSocket = isUpgrade(access.request);
  const opensStream = opensSocket || (access.action === "read" && /^\/runs\/[^/]+\/events$/.test(path));
  const authorization =
    ticket !== null && tickets !== undefined && opensStream
      ? await byTicket(ticket, searchParams, access, audience, tickets)
      : await byCredentials(access, authorize);
  if (access.action === "ticket") return authorization;
  if (access.action === "connect") {
    // Each frame of this protocol is held to the grant; those of the SDK's own clients are the SDK's. And of a sub-agent nobody knows here what it serves.
    if (opensSocket && (!asksForProtocol(access.request) || splitSubAgents(path).sub !== "")) requireRight(authorization.grant, "sdk");
    return authorization;
  }
  requireRight(authorization.grant, access.action);
  if (access.run !== undefined && listedRuns(authorization.grant)?.includes(access.run) === false) throw runNotFound(access.run);
  return authorization;
}

function byTicket(
  ticket: string,
  query: URLSearchParams,
  access: Access,
  audience: string,
  tickets: TicketOptions,
): Promise<Authorization> {
  if (ticket.length > TICKET_MAX_LENGTH) throw unauthorized("This ticket is not valid. Ask for another.");
  const resumed = query.getAll("resume").map((resume) => resume.split(":")[0] ?? "");
  return readTicket(tickets, audience, ticket, access.run === undefined ? resumed : [access.run]);
}

async function asked(access: Access, authorize: Authorize): Promise<Grant | undefined> {
  try {
    return await authorize(access);
  } catch (error) {
    if (!(error instanceof RequestError)) reportFault(error, "authorize");
    throw error;
  }
}

async function byCredentials(access: Access, authorize: Authorize): Promise<Authorization> {
  const grant = await asked(access, authorize);
  if (grant !== undefined) {
    const checked = checkGrant(grant);
    // Also of a handshake and a ticket, which ask for no right: a socket that is opened only to be closed would be opened again and again.
    requireUnexpired(checked);
    return { grant: checked };
  }
  throw unauthorized(
    access.token === undefined
      ? "This agent asks for credentials: Authorization: Bearer <token>, or a ticket (PROTOCOL.md §8)."
      : "These credentials are not valid.",
  );
}
