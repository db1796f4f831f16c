import { forbidden } from "../access/grant.ts";
import { askedInDevelopment, bundledForDevelopment, hidesItsHost, isLocalOrigin, namesAnotherHost } from "../observability/development.ts";
import { tellOperator } from "../observability/observe.ts";
import type { RequestError } from "../wire/errors.ts";

/** Whether pages of another origin may use the Worker: those of `ALLOWED_ORIGINS`, and in development those of this machine. */
export function originAllowed(origin: string, request: Request, allowed: string | undefined): boolean {
  return isListed(origin, allowed) || (askedInDevelopment(request) && isLocalOrigin(origin));
}

/**
 * Whether a page may have made its own name lead to a Worker in development (DNS rebinding). To its browser the two are of one origin, and it says no `Origin`
 * with a GET.
 */
export function isRebound({ url }: Request, allowed: string | undefined): boolean {
  return bundledForDevelopment && namesAnotherHost(url) && !isListed(new URL(url).origin, allowed);
}

/** On the console, once: where {@link isRebound} cannot tell such a page from another, and nobody asks for credentials. */
export function warnOfRebinding(request: Request): void {
  if (hidesItsHost(request))
    tellOperator(
      "Any page may use this Agent while it leads its own name to this machine (DNS rebinding): wrangler dev hides the name, because of `routes` or `--host`. Set AGENT_TOKENS in .dev.vars, or `authorize` in a Worker of your own, or leave both out in development.",
    );
}

function isListed(origin: string, allowed: string | undefined): boolean {
  // Any page may have that one, from a sandboxed frame. A list that names it is refused, and until then a preflight is answered by this.
  if (origin === "null") return false;
  return (allowed ?? "").split(",").some((one) => one.trim() === origin);
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
