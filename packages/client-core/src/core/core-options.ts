import {
  AGENT_SEGMENT,
  DEFAULT_AGENT_NAME,
  HEARTBEAT_DEFAULT_MS,
  HEARTBEAT_MAX_MS,
  type CannotResumeReason,
} from "@agent-transports/protocol";
import { TransportError, type TransportErrorCode } from "../errors/transport-error.ts";
import type { CoreOptions, Query } from "../interface/client.ts";
import type { LinkSettings } from "../link/link.ts";
import { WAIT_MAX_MS } from "../link/retry.ts";

/** {@link CoreOptions}, checked and with its defaults. */
export interface CoreSettings extends LinkSettings {
  /** A URL below the agent's, for one try. @param path begins with a slash, or is empty */
  urlOf(path: string, query: Query): Promise<URL>;
}

/** @throws TransportError `invalid_option`, whose message names it */
export function coreSettingsOf(options: CoreOptions, protocols: RegExp): CoreSettings {
  const { agent = AGENT_SEGMENT, name = DEFAULT_AGENT_NAME, query, retry = {} } = options;
  const { connectTimeoutMs = 10_000, heartbeatMs = HEARTBEAT_DEFAULT_MS } = options;
  let base: URL | undefined;
  try {
    base = new URL(options.url, (globalThis as { location?: { href?: string } }).location?.href);
  } catch {
    // Said below.
  }
  if (base === undefined || !protocols.test(base.protocol)) throw invalid("url");
  if (!(heartbeatMs >= 1 && heartbeatMs <= HEARTBEAT_MAX_MS)) throw invalid("heartbeatMs");
  for (const [name, value = 1] of Object.entries<number | undefined>({ ...retry, connectTimeoutMs })) if (!(value > 0)) throw invalid(name);
  return {
    retry,
    connectTimeoutMs: Math.min(connectTimeoutMs, WAIT_MAX_MS),
    heartbeatMs,
    async urlOf(path, own) {
      const url = new URL(base);
      // What names no agent is the server's to refuse.
      url.pathname = `${url.pathname.replace(/\/+$/, "")}/agents/${agent}/${encodeURIComponent(name)}${path}`;
      const given = typeof query === "function" ? await query() : query;
      for (const [name, value] of Object.entries({ ...given, ...own })) url.searchParams.append(name, value);
      return url;
    },
  };
}

/** What was given cannot work. The table of options in the README says what can. */
export function invalid(name: string, code: TransportErrorCode = "invalid_option", reason?: CannotResumeReason): TransportError {
  return new TransportError({ code, message: `${name}: this cannot work.`, ...(reason && { reason }) });
}
