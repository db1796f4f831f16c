import { DEFAULT_AGENT_NAME, weightOf } from "@agent-transports/protocol";
import { DEFAULT_MODEL, type Variables } from "../configuration/variables.ts";
import { hasKey, type ModelEnv } from "../generation/model.ts";
import { COMMON_HEADERS } from "../http/responses.ts";

type PageEnv = ModelEnv & Pick<Variables, "AGENT_TOKENS">;

/** Whether a browser asks what runs here: programs that accept anything (`curl`) get the agent's JSON (PROTOCOL.md §3), as before. */
export function asksForPage(request: Request): boolean {
  const { pathname, searchParams } = new URL(request.url);
  if (pathname !== "/" || searchParams.has("agent-id")) return false;
  const accept = request.headers.get("Accept");
  return (request.method === "GET" || request.method === "HEAD") && weightOf(accept, "text/html") > weightOf(accept, "application/json");
}

/** A page that says what runs here and what to type. It asks nothing of an agent; where tokens are asked for, it tells nothing of what is behind them. */
export function pageResponse(request: Request, env: PageEnv): Response {
  const nonce = crypto.randomUUID();
  const headers = {
    ...COMMON_HEADERS,
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": `default-src 'none'; style-src 'nonce-${nonce}'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    "Referrer-Policy": "no-referrer",
    Vary: "Accept",
  };
  return new Response(request.method === "HEAD" ? null : page(new URL(request.url).origin, env, nonce), { headers });
}

function page(origin: string, env: PageEnv, nonce: string): string {
  const guarded = env.AGENT_TOKENS !== undefined;
  const token = guarded ? "-H 'Authorization: Bearer <your token>' " : "";
  const prompt = `'{"prompt": "Write me a Cloudflare Worker"}'`;
  const base = `${origin}/agents/transport-agent/demo`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>An Agent over Server-Sent Events and WebSocket</title>
<style nonce="${nonce}">${STYLE}</style>
</head>
<body>
<main>
<h1>An Agent runs here</h1>
<p>It serves the same runs over Server-Sent Events and WebSocket, from one durable log. A reader that leaves stops nothing, and goes on from any event.</p>
${guarded ? GUARDED : model(env)}
<h2>Ask it something, in a terminal</h2>
${command("The answer as plain text, as it is written", `curl -N ${token}-d ${prompt} ${base}`)}
${command("The same, with the agent's name in the query", `curl -N ${token}-d ${prompt} '${origin}/?agent-id=demo'`)}
${command("A run as an event stream, each event with its id", `curl -N ${token}-d ${prompt} ${base}/runs`)}
${guarded ? "" : LOOK}
<h2>Where to read on</h2>
<ul>
<li>README.md, “Use the clients”: client libraries that lose nothing when the connection drops</li>
<li>README.md, “Run the Agent”, and packages/agent-worker/README.md, “Your own Agent”: its variables, a tool and a token of your own</li>
<li>PROTOCOL.md: §3 over HTTP, §4 over WebSocket, §5 its errors</li>
</ul>
</main>
</body>
</html>
`;
}

const GUARDED = "<p><strong>This Agent asks for a token.</strong> Its operator sets the tokens in the variable AGENT_TOKENS.</p>";

const LOOK = `<h2>Look at it here</h2>
<ul>
<li><a href="/agents/transport-agent/demo">What the agent “demo” is busy with now</a>, as JSON</li>
<li><a href="/agents/transport-agent/demo/runs">Its runs</a>, as JSON</li>
<li><a href="/agents/transport-agent/${DEFAULT_AGENT_NAME}">The agent that is asked where no name is given</a>, as JSON</li>
</ul>`;

function model(env: ModelEnv): string {
  const name = escapeHtml(env.OPENAI_MODEL ?? DEFAULT_MODEL);
  if (hasKey(env)) return `<p><strong>${name}</strong> answers.</p>`;
  return `<p><strong>A scripted model answers</strong>, because OPENAI_API_KEY is not set. For ${name}, write <code>OPENAI_API_KEY=…</code> into
<code>packages/agent-worker/.dev.vars</code> and start dev again, or for a deployment set it as a secret.</p>`;
}

function command(what: string, line: string): string {
  return `<figure><figcaption>${what}</figcaption><pre><code>${escapeHtml(line)}</code></pre></figure>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;").replaceAll("'", "&#39;");
}

const STYLE = `
:root { color-scheme: light dark; --text: light-dark(#1b1b1f, #e8e8ec); --muted: light-dark(#55555e, #a9a9b4); --back: light-dark(#fff, #17171b);
  --code: light-dark(#f2f2f5, #232329); --line: light-dark(#d6d6dc, #3a3a42); --link: light-dark(#0b57b8, #8ab8ff); }
body { margin: 0; background: var(--back); color: var(--text); font: 1rem/1.6 system-ui, sans-serif; }
main { max-width: 46rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.75rem; line-height: 1.25; margin: 0 0 1rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 0.5rem; }
p, li { overflow-wrap: break-word; }
ul { padding-left: 1.25rem; }
a { color: var(--link); }
figure { margin: 0.75rem 0; }
figcaption { color: var(--muted); font-size: 0.9rem; }
pre, code { font-family: ui-monospace, SFMono-Regular, Menlo, monospace; font-size: 0.875rem; }
pre { margin: 0.25rem 0 0; padding: 0.75rem 1rem; white-space: pre-wrap; overflow-wrap: anywhere; background: var(--code); border: 1px solid var(--line); border-radius: 0.5rem; }
a:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
`;
