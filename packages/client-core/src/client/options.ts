import { AGENT_SEGMENT, DEFAULT_AGENT_NAME, HEARTBEAT_DEFAULT_MS, HEARTBEAT_MAX_MS, isAgentName } from "@agent-transports/protocol";
import { callBack } from "../errors/callback.ts";
import { invalid, reasonOf } from "../errors/failures.ts";
import { TransportError } from "../errors/transport-error.ts";
import type { ClientOptions, CoreOptions, Query } from "../interface/client.ts";
import { FirstContact } from "../link/first-contact.ts";
import { LostError, type LinkSettings } from "../link/link.ts";
import { WAIT_MAX_MS } from "../link/retry.ts";

/** What both kinds of clients need of their options, checked and with its defaults. */
export interface BaseSettings extends LinkSettings {
  /** The agent's URL, with no slash at its end. */
  readonly base: URL;
  readonly query: () => Promise<Query>;
}

/** {@link ClientOptions}, checked and with its defaults. */
export interface Settings extends BaseSettings {
  readonly maxPendingInputs: number;
  /** Tells the application what has no other way to it. */
  readonly report: (error: TransportError) => void;
  /** Of this client: all of its runs and requests share it. */
  readonly firstContact: FirstContact;
}

const SEGMENT = /^[a-z0-9-]{1,128}$/;

/** @throws TransportError `invalid_option`, whose message says which and what would do */
export function settingsOf(options: ClientOptions, protocols: readonly string[]): Settings {
  const { maxPendingInputs = 100 } = options;
  const settings = baseSettingsOf(options, protocols);
  positive("maxPendingInputs", maxPendingInputs);
  // Looked up late, for who has put another one in its place since.
  const report = (error: TransportError): void => callBack(options.onError ?? console.error, error);
  return { ...settings, maxPendingInputs, report, firstContact: new FirstContact(settings.base, report) };
}

/** @throws as {@link settingsOf} */
export function baseSettingsOf(options: CoreOptions, protocols: readonly string[]): BaseSettings {
  const { agent = AGENT_SEGMENT, name = DEFAULT_AGENT_NAME, query = {}, retry = {} } = options;
  const { connectTimeoutMs = 10_000, heartbeatMs = HEARTBEAT_DEFAULT_MS } = options;
  check(SEGMENT.test(agent), "agent", agent, "lower-case letters, digits and dashes, as in transport-agent");
  check(isAgentName(name), "name", name, "1 to 128 letters, digits, or - _ . ~, other than . .. runs tickets sub");
  check(heartbeatMs >= 1 && heartbeatMs <= HEARTBEAT_MAX_MS, "heartbeatMs", heartbeatMs, `1 to ${HEARTBEAT_MAX_MS} ms`);
  positive("connectTimeoutMs", connectTimeoutMs);
  for (const [name, value] of Object.entries<number | undefined>({ ...retry })) positive(`retry.${name}`, value);
  const base = parseUrl(options.url, protocols);
  base.pathname = `${base.pathname.replace(/\/+$/, "")}/agents/${agent}/${name}`;
  base.hash = "";
  return {
    base,
    query: () => ofOption("query", () => (typeof query === "function" ? query() : query)),
    retry,
    connectTimeoutMs: Math.min(connectTimeoutMs, WAIT_MAX_MS),
    heartbeatMs,
  };
}

/**
 * Calls a function among the options. What it throws is a loss: the network that it needs may be what was lost. A TransportError is the application's word, and
 * final.
 */
export async function ofOption<Value>(name: string, get: () => Value | Promise<Value>): Promise<Value> {
  try {
    return await get();
  } catch (error) {
    throw error instanceof TransportError ? error : new LostError(`${name}: it failed: ${reasonOf(error)}.`, { cause: error });
  }
}

function parseUrl(given: string | URL, protocols: readonly string[]): URL {
  const here = (globalThis as { location?: { href?: string } }).location?.href;
  let url: URL;
  try {
    url = new URL(given, here);
  } catch (cause) {
    throw invalid("url", given, `an absolute URL, as in ${protocols[0]}//agent.example.workers.dev`, cause);
  }
  check(protocols.includes(url.protocol), "url", given, `one that begins with ${protocols.join(" or ")}`);
  return url;
}

function positive(name: string, value: number | undefined): void {
  check(value === undefined || value > 0, name, value, "a number above 0");
}

function check(valid: boolean, name: string, value: unknown, expected: string): void {
  if (!valid) throw invalid(name, value, expected);
}

/** A URL below the agent's, with what it already had in its query and what is added. `path` begins with a slash, or is empty. */
export function agentUrl(
  settings: BaseSettings,
  path: string,
  ...queries: readonly (Query | readonly (readonly [string, string])[])[]
): URL {
  const url = new URL(settings.base);
  url.pathname += path;
  for (const query of queries) {
    for (const [name, value] of Array.isArray(query) ? query : Object.entries(query)) url.searchParams.append(name, value);
  }
  return url;
}
