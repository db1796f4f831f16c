/**
 * Whether this Worker was bundled for development. `wrangler dev` and Vite's dev server write a string in the place of `process.env.NODE_ENV`, and
 * `wrangler deploy` writes "production". A deployment can have it too: where a shell has NODE_ENV=development, and where esbuild bundled it unminified.
 */
export const bundledForDevelopment: boolean = process.env.NODE_ENV === "development";

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]", "::1"]);

/** Whether a request names this machine. One of a page elsewhere whose name was made to lead here (DNS rebinding) names that page's host. */
export function namesThisMachine({ url }: Request): boolean {
  return LOOPBACK.has(new URL(url).hostname);
}

/**
 * Whether a URL has a port and a name that is not this machine's. A page's name can be made to lead to this machine, and an address cannot. Such a page has the
 * Worker's port; what has none is a deployment, or the domain that `wrangler dev` puts there for a route.
 */
export function namesAnotherHost(url: string): boolean {
  const { hostname, port } = new URL(url);
  return port !== "" && isForeignName(hostname);
}

function isForeignName(hostname: string): boolean {
  const isAddress = hostname.startsWith("[") || /^\d+\.\d+\.\d+\.\d+$/.test(hostname);
  return !isAddress && hostname !== "localhost" && !hostname.endsWith(".localhost");
}

/**
 * Whether `wrangler dev` has put a domain into the URL, of a route in wrangler.jsonc or of `--host`. It then writes that into `Origin`, too: nothing is left by which
 * a page whose name was made to lead here could be told.
 */
export function hidesItsHost(request: Request): boolean {
  const { hostname, port } = new URL(request.url);
  return askedInDevelopment(request) && port === "" && isForeignName(hostname);
}

let asked = false;

/**
 * Whether a request reached a Worker in development from this machine, by its URL or by its client's address. With routes in wrangler.jsonc,
 * `wrangler dev` puts the Worker's own domain into the URL. Cloudflare writes the address itself, so that nobody can claim this one there.
 */
export function askedInDevelopment(request: Request): boolean {
  if (!bundledForDevelopment) return false;
  const here = namesThisMachine(request) || LOOPBACK.has(request.headers.get("CF-Connecting-IP") ?? "");
  asked ||= here;
  return here;
}

/** Whether this Worker was bundled for development, and was asked from this machine: no deployment is both. */
export function inDevelopment(): boolean {
  return asked;
}

/** Whether this is the origin of a page that this machine serves. */
export function isLocalOrigin(origin: string): boolean {
  return URL.canParse(origin) && LOOPBACK.has(new URL(origin).hostname) && /^https?:/.test(origin);
}
