import { DEFAULT_MODEL, type Variables } from "../configuration/variables.ts";
import { hasKey, type ModelEnv } from "../generation/model.ts";
import { json } from "../http/responses.ts";
import { askedInDevelopment, namesThisMachine } from "../observability/development.ts";

/** Static files of wrangler (`assets` in wrangler.jsonc). A Worker without them, and one whose page was not built, has the page of page.ts. */
export interface AssetsEnv {
  readonly ASSETS?: Pick<Fetcher, "fetch">;
  /** Set by dev.ts alone: where a POST kills this Worker's process. */
  readonly DEV_KILL_URL?: string;
}

/** What the page knows of the Worker. Where tokens are asked for, it tells nothing of what is behind them. */
export interface About {
  /** `scripted` without a key; absent where tokens are asked for. */
  readonly model?: string;
  readonly asksForToken: boolean;
  /** Whether this is `wrangler dev`, asked from its own machine. */
  readonly development: boolean;
  /** In development, where the page may have the Worker's process killed. Told only where the request names this machine. */
  readonly killUrl?: string;
}

/**
 * Everything that the page consists of, except its document at `/`. Its scripts and styles, in `assets` below this, do not come here: wrangler.jsonc
 * (`run_worker_first`) and the `_headers` beside them say how they are served.
 */
const FOLDER = "/page/";
const ABOUT = `${FOLDER}about`;

/**
 * No script and no style that is not a file of this origin. The page may follow an Agent anywhere that a person names in `?url=`; that Agent's
 * `ALLOWED_ORIGINS` decides.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self' https: wss: http://localhost:* ws://localhost:* http://127.0.0.1:* ws://127.0.0.1:*",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const HEADERS = { "Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff" };

type PlaygroundEnv = AssetsEnv & ModelEnv & Pick<Variables, "AGENT_TOKENS">;

/** Whether a request is for what the page consists of. Its document at `/` is `asksForPage`'s. */
export function asksForFile({ method, url }: Request): boolean {
  return (method === "GET" || method === "HEAD") && new URL(url).pathname.startsWith(FOLDER);
}

/** A document of the page, or what it asks about the Worker; `undefined` where there is no such file, as where the page was not built. */
export async function playgroundResponse(request: Request, env: PlaygroundEnv): Promise<Response | undefined> {
  if (env.ASSETS === undefined) return undefined;
  const { pathname } = new URL(request.url);
  if (pathname === ABOUT) return json(about(request, env));
  const file = await env.ASSETS.fetch(request);
  // What is no file is the agent's to refuse.
  if (file.status === 404) return undefined;
  const headers = new Headers(file.headers);
  for (const [name, value] of Object.entries(HEADERS)) headers.set(name, value);
  // It is asked for each time, and answered 304 where it is the same.
  headers.set("Cache-Control", "no-cache");
  if (pathname === "/") headers.set("Vary", "Accept");
  return new Response(file.body, { status: file.status, statusText: file.statusText, headers });
}

function about(request: Request, env: PlaygroundEnv): About {
  const asksForToken = env.AGENT_TOKENS !== undefined;
  const development = askedInDevelopment(request);
  // Its address is a secret of this machine's pages.
  const killUrl = development && namesThisMachine(request) ? env.DEV_KILL_URL : undefined;
  const dev = { development, ...(killUrl === undefined ? {} : { killUrl }) };
  if (asksForToken) return { asksForToken, ...dev };
  return { model: hasKey(env) ? (env.OPENAI_MODEL ?? DEFAULT_MODEL) : "scripted", asksForToken, ...dev };
}
