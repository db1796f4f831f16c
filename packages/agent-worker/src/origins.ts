import { inDevelopment } from "./development.ts";
import { forbidden } from "./access/grant.ts";
import type { RequestError } from "./errors.ts";

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * Whether pages of an origin may use the Worker at a URL: its own, those of `ALLOWED_ORIGINS`, and in development those of this machine.
 *
 * The last needs both a bundle that `wrangler dev` made and a Worker that is asked at this machine's address: a deployment has neither.
 */
export function originAllowed(origin: string, url: string, allowed: string | undefined): boolean {
  const own = new URL(url);
  if (origin === own.origin) return true;
  if ((allowed ?? "").split(",").some((one) => one.trim() === origin)) return true;
  return inDevelopment && LOOPBACK.has(own.hostname) && isLoopback(origin);
}

function isLoopback(origin: string): boolean {
  return URL.canParse(origin) && LOOPBACK.has(new URL(origin).hostname) && /^https?:/.test(origin);
}

const ORIGIN_MAX_LENGTH = 80;
const TOLD_MAX = 100;
const told = new Set<string>();

/**
 * The refusal of an origin, which says what to set. A page cannot read it, because the answer to its preflight has no CORS headers: so it is on the
 * Worker's console, too, once for each origin.
 */
export function refusedOrigin(origin: string): RequestError {
  // What is no origin, or a very long one, is not repeated.
  const named = /^[\w.:/[\]-]+$/.test(origin) && origin.length <= ORIGIN_MAX_LENGTH ? origin : "its origin";
  // Short enough for a close frame.
  const error = forbidden(
    origin === "null"
      ? "Serve the page over HTTP: one from a file or a sandbox has no origin that could be allowed."
      : `Add ${named} to ALLOWED_ORIGINS: its pages may not use this agent.`,
  );
  if (!told.has(named) && told.size < TOLD_MAX) {
    told.add(named);
    console.warn(`A page of ${named} was refused. ${error.message}`);
  }
  return error;
}
