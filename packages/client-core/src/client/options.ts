import {
  AGENT_SEGMENT,
  DEFAULT_AGENT_NAME,
  HEARTBEAT_DEFAULT_MS,
  HEARTBEAT_MAX_MS,
  isAgentName,
  isKey,
  KEY_MAX_LENGTH,
} from "@agent-transports/protocol";
import { callBack } from "../errors/callback.ts";
import { reasonOf } from "../errors/failures.ts";
import { TransportError } from "../errors/transport-error.ts";
import type { ClientOptions, Query, RetryOptions, StartOptions } from "../interface/client.ts";
import { FirstContact } from "../link/first-contact.ts";
import { LostError } from "../link/link.ts";
import { randomKey } from "../run/random-key.ts";

/** {@link ClientOptions}, checked and with its defaults. */
export interface Settings {
  /** The agent's URL, with no slash at its end. */
  readonly base: URL;
  readonly query: () => Promise<Query>;
  readonly retry: RetryOptions;
  readonly connectTimeoutMs: number;
  readonly heartbeatMs: number;
  readonly maxPendingInputs: number;
  /** Tells the application what has no other way to it. */
  readonly report: (error: TransportError) => void;
  /** Of this client: all of its runs and requests share it. */
  readonly firstContact: FirstContact;
}

const SEGMENT = /^[a-z0-9-]{1,128}$/;
/** A timer that is to wait longer fires at once. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** @throws TransportError `invalid_option`, whose message says which and what would do */
export function settingsOf(options: ClientOptions, protocols: readonly string[]): Settings {
  const { agent = AGENT_SEGMENT, name = DEFAULT_AGENT_NAME, query = {}, retry = {} } = options;
  if (!SEGMENT.test(agent)) invalid("agent", agent, "lower-case letters, digits and dashes, as in transport-agent");
  if (!isAgentName(name)) invalid("name", name, "1 to 128 letters, digits, or - _ . ~, other than . .. runs tickets");
  const { heartbeatMs = HEARTBEAT_DEFAULT_MS } = options;
  if (!(heartbeatMs >= 1 && heartbeatMs <= HEARTBEAT_MAX_MS)) invalid("heartbeatMs", heartbeatMs, `1 to ${HEARTBEAT_MAX_MS} ms`);
  positive("retry.baseMs", retry.baseMs);
  positive("retry.capMs", retry.capMs);
  positive("retry.maxTries", retry.maxTries);
  positive("retry.maxElapsedMs", retry.maxElapsedMs);
  const base = parseUrl(options.url, protocols);
  base.pathname = `${base.pathname.replace(/\/+$/, "")}/agents/${agent}/${name}`;
  base.hash = "";
  // Looked up late, for who has put another one in its place since.
  const report = (error: TransportError): void => callBack(options.onError ?? console.error, error);
  return {
    base,
    query: async () => {
      try {
        return typeof query === "function" ? await query() : query;
      } catch (error) {
        throw optionLoss("query", error);
      }
    },
    retry,
    connectTimeoutMs: Math.min(positive("connectTimeoutMs", options.connectTimeoutMs) ?? 10_000, TIMER_MAX_MS),
    heartbeatMs,
    maxPendingInputs: positive("maxPendingInputs", options.maxPendingInputs) ?? 100,
    report,
    firstContact: new FirstContact(base, report),
  };
}

/** What a function among the options threw: the network that it needs may be what was lost. A TransportError is the application's word, and final. */
export function optionLoss(name: string, error: unknown): TransportError {
  return error instanceof TransportError ? error : new LostError(`${name}: it failed: ${reasonOf(error)}.`, { cause: error });
}

function parseUrl(given: string | URL, protocols: readonly string[]): URL {
  const here = (globalThis as { location?: { href?: string } }).location?.href;
  const what = `an absolute URL, as in ${protocols[0]}//agent.example.workers.dev`;
  let url: URL;
  try {
    url = new URL(given, here);
  } catch (cause) {
    throw invalidOption("url", given, what, cause);
  }
  if (!protocols.includes(url.protocol)) throw invalidOption("url", given, `one that begins with ${protocols.join(" or ")}`);
  return url;
}

function positive(name: string, value: number | undefined): number | undefined {
  if (value !== undefined && !(value > 0)) invalid(name, value, "a number above 0");
  return value;
}

/** The key of a start: the application's, or a random one. @throws TransportError `invalid_option` */
export function startKey(options: StartOptions): string {
  const key = options.key ?? randomKey();
  if (!isKey(key)) invalid("key", key, `1 to ${KEY_MAX_LENGTH} printable ASCII characters, and no spaces`);
  return key;
}

function invalidOption(name: string, value: unknown, expected: string, cause?: unknown): TransportError {
  return new TransportError(
    { code: "invalid_option", message: `${name}: ${String(value).slice(0, 80)} cannot work. Give ${expected}.` },
    { cause },
  );
}

function invalid(name: string, value: unknown, expected: string): never {
  throw invalidOption(name, value, expected);
}

/** A URL below the agent's, with what it already had in its query and what is added. `path` begins with a slash, or is empty. */
export function agentUrl(settings: Settings, path: string, ...queries: readonly (Query | readonly (readonly [string, string])[])[]): URL {
  const url = new URL(settings.base);
  url.pathname += path;
  for (const query of queries) {
    for (const [name, value] of Array.isArray(query) ? query : Object.entries(query)) url.searchParams.append(name, value);
  }
  return url;
}
