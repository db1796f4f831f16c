import { AGENT_SEGMENT, DEFAULT_AGENT_NAME, isAgentName, type ErrorBody } from "@agent-transports/protocol";

/** Which agent is asked. */
export interface Address {
  /** The URL's segment: `transport-agent`, unless the client is told another. */
  readonly agent: string;
  readonly name: string;
}

/** The agent, what is asked of it, and how. */
export interface Located {
  readonly address: Address;
  /** Below the agent's URL; empty for the agent itself. */
  readonly path: string;
}

/** The path of an agent. */
export function baseOf({ agent, name }: Address): string {
  return `/agents/${agent}/${name}`;
}

/** PROTOCOL.md §3: `/agents/<segment>/<name><path>`, or `<path>?agent-id=<name>`. @returns what is wrong with a URL that names no agent */
export function locate({ pathname, searchParams }: URL): Located | ErrorBody {
  const [, agent, named = "", below = ""] = /^\/agents\/([^/]+)\/([^/]*)(.*)$/.exec(pathname) ?? [];
  if (agent === undefined && pathname.startsWith("/agents/")) return { code: "not_found", message: "Ask at /agents/<agent>/<name>." };
  const name = agent === undefined ? (searchParams.get("agent-id") ?? DEFAULT_AGENT_NAME) : named;
  if (!isAgentName(name))
    return {
      code: "invalid_request",
      message: "An agent's name is 1 to 128 letters, digits, dots, hyphens, underscores and tildes.",
      path: "agent",
    };
  const path = (agent === undefined ? pathname : below).replace(/\/$/, "");
  return { address: { agent: agent ?? AGENT_SEGMENT, name }, path };
}
