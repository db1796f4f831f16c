/** What PROTOCOL.md §1 says of names, at run time: whoever writes JavaScript has no types. Clients and agents both ask here. */

/** Of at most KEY_MAX_LENGTH characters. */
const KEY = /^[\x21-\x7e]{1,128}$/;
const RUN_ID = /^[A-Za-z0-9_-]{1,64}$/;
const AGENT_NAME = /^(?!(?:\.{1,2}|runs|tickets|sub)$)[A-Za-z0-9._~-]{1,128}$/;

/** What a URL is left with that named no agent, such as `…/./runs`: whoever reads it has taken the dots away before it comes to an agent. `sub` is the Agents SDK's. */
export const RESERVED_AGENT_NAMES: ReadonlySet<string> = new Set(["runs", "tickets", "sub"]);

/** The key of a start or of an input. */
export function isKey(value: unknown): value is string {
  return typeof value === "string" && KEY.test(value);
}

export function isRunId(value: unknown): value is string {
  return typeof value === "string" && RUN_ID.test(value);
}

export function isAgentName(value: unknown): value is string {
  return typeof value === "string" && AGENT_NAME.test(value);
}
