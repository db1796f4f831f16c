import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { WorkerHost } from "@agent-transports/worker-host";
import { bearer, segment, start, startGuarded, TestSocket, wholeRun } from "./harness.ts";

const ORIGIN = "https://page.example";
let host: WorkerHost;
let guarded: WorkerHost;
let faulty: WorkerHost;
let run: string;
let tail: string;
beforeAll(async () => {
  host = await start({ vars: { ALLOWED_ORIGINS: ORIGIN, LIMITS: JSON.stringify({ requestBytes: 1_000 }) } });
  guarded = await startGuarded();
  faulty = await start({ vars: { RETENTION_HOURS: "x" } });
  const { id, events } = await wholeRun(new URL(`${segment}/all`, host.url).href);
  run = id;
  tail = events.at(-1)?.id ?? "";
  // Three Workers, one of which is built first.
}, 120_000);
afterAll(() => Promise.all([host.dispose(), guarded.dispose(), faulty.dispose()]));

interface Answer {
  readonly status: number | undefined;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

/** With no headers of its own, as `fetch` would add. A socket's handshake is answered, too. */
async function ask(url: URL, method: string, headers: Record<string, string>, body?: string): Promise<Answer> {
  const request = httpRequest(url.href, { method, headers, agent: false });
  request.end(body);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request.on("response", resolve);
    request.on("upgrade", (upgraded, socket) => {
      socket.destroy();
      resolve(upgraded);
    });
    request.on("error", reject);
  });
  let text = "";
  if (response.statusCode !== 101) {
    response.on("data", (data) => (text += String(data)));
    await once(response, "end");
  }
  return { status: response.statusCode, headers: response.headers, body: text };
}

const handshake = {
  Connection: "Upgrade",
  Upgrade: "websocket",
  "Sec-WebSocket-Version": "13",
  "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
};
const anyone = bearer({ subject: "anyone" });
type Row = readonly [
  what: string,
  which: () => WorkerHost,
  method: string,
  path: string,
  headers: Record<string, string>,
  body: string | undefined,
  status: number,
];
const at = (path: string): string => `${segment}/all${path}`;
const rows: readonly Row[] = [
  ["the agent", () => host, "GET", at(""), {}, undefined, 200],
  ["plain text", () => host, "POST", at(""), {}, '{"prompt":"x"}', 200],
  ["an event stream", () => host, "POST", at("/runs"), {}, '{"prompt":"x"}', 200],
  ["a started run", () => host, "POST", at("/runs"), { Accept: "application/json" }, '{"prompt":"x","key":"k"}', 201],
  ["a joined run", () => host, "POST", at("/runs"), { Accept: "application/json" }, '{"prompt":"x","key":"k"}', 200],
  ["a page of runs", () => host, "GET", at("/runs"), {}, undefined, 200],
  ["a run", () => host, "GET", at("/runs/{run}"), {}, undefined, 200],
  ["a run's events", () => host, "GET", at("/runs/{run}/events"), {}, undefined, 200],
  ["a run that was read to its end", () => host, "GET", at("/runs/{run}/events?after={tail}"), {}, undefined, 204],
  ["no chat to resume", () => host, "GET", at("/runs/none/stream"), {}, undefined, 204],
  ["a cancel", () => host, "DELETE", at("/runs/{run}"), {}, undefined, 200],
  ["an input that comes late", () => host, "POST", at("/runs/{run}/inputs"), {}, '{"data":1}', 409],
  ["a list of inputs that comes late", () => host, "POST", at("/runs/{run}/inputs"), {}, '{"inputs":[{"key":"k","data":1}]}', 409],
  ["no such run", () => host, "GET", at("/runs/none"), {}, undefined, 404],
  ["no such path", () => host, "GET", at("/none"), {}, undefined, 404],
  ["no such agent", () => host, "GET", "/agents/other/all", {}, undefined, 404],
  ["half a path", () => host, "GET", "/agents/", {}, undefined, 404],
  ["no name", () => host, "GET", `${segment}/`, {}, undefined, 400],
  ["no tickets", () => host, "POST", at("/tickets"), {}, "{}", 404],
  ["another method", () => host, "PUT", at("/runs"), {}, "{}", 405],
  ["HEAD", () => host, "HEAD", at(""), {}, undefined, 405],
  ["what is not JSON", () => host, "POST", at("/runs"), {}, "{", 400],
  ["an invalid cursor", () => host, "GET", at("/runs/{run}/events?after=x"), {}, undefined, 400],
  ["a body that is too large", () => host, "POST", at("/runs"), {}, JSON.stringify({ prompt: "x".repeat(2_000) }), 413],
  ["a key of another input", () => host, "POST", at("/runs"), {}, '{"prompt":"y","key":"k"}', 422],
  ["OPTIONS", () => host, "OPTIONS", at("/runs"), {}, undefined, 204],
  ["OPTIONS of no agent", () => host, "OPTIONS", "/agents/other/all/runs", {}, undefined, 404],
  ["OPTIONS without credentials", () => guarded, "OPTIONS", "/agents/guarded-agent/all/runs", {}, undefined, 401],
  ["OPTIONS with credentials", () => guarded, "OPTIONS", "/agents/guarded-agent/all/runs", anyone, undefined, 204],
  ["a page's OPTIONS", () => host, "OPTIONS", at("/runs"), { Origin: ORIGIN }, undefined, 204],
  ["OPTIONS of no path", () => host, "OPTIONS", "/none", {}, undefined, 204],
  ["a preflight", () => host, "OPTIONS", at("/runs"), { Origin: ORIGIN, "Access-Control-Request-Method": "POST" }, undefined, 204],
  ["a preflight that is refused", () => host, "OPTIONS", at("/runs"), { Origin: "https://other.example" }, undefined, 403],
  ["a page of another origin", () => host, "GET", at(""), { Origin: ORIGIN }, undefined, 200],
  ["a page's fault", () => host, "GET", at("/none"), { Origin: ORIGIN }, undefined, 404],
  ["a page that is refused", () => host, "GET", at(""), { Origin: "https://other.example" }, undefined, 403],
  ["a socket", () => host, "GET", at("?v=1"), handshake, undefined, 101],
  ["a socket that is refused", () => host, "GET", at("?v=2"), handshake, undefined, 101],
  ["a socket from a refused page", () => host, "GET", at("?v=1"), { ...handshake, Origin: "https://other.example" }, undefined, 101],
  ["no credentials", () => guarded, "GET", "/agents/guarded-agent/all", {}, undefined, 401],
  ["no right", () => guarded, "GET", "/agents/guarded-agent/all", bearer({ subject: "x", rights: ["start"] }), undefined, 403],
  ["a ticket", () => guarded, "POST", "/agents/guarded-agent/all/tickets", anyone, "{}", 201],
  ["another method of tickets", () => guarded, "GET", "/agents/guarded-agent/all/tickets", anyone, undefined, 405],
  ["an author's own response", () => guarded, "GET", "/agents/guarded-agent/all/life", anyone, undefined, 200],
  ["what an author's handler throws", () => guarded, "GET", "/agents/guarded-agent/all/fail", anyone, undefined, 500],
  ["what an author's hook throws", () => guarded, "GET", "/agents/guarded-agent/all", bearer("throw"), undefined, 500],
  ["a sub-agent", () => guarded, "GET", "/agents/guarded-agent/all/sub/guarded-agent/x", anyone, undefined, 404],
  ["an option that is none", () => guarded, "GET", "/agents/guarded-agent/all", { "X-Wrong": "compression" }, undefined, 500],
  ["a segment without a binding", () => guarded, "GET", "/agents/other-agent/all", { "X-Wrong": "segment" }, undefined, 500],
  ["a misconfiguration", () => faulty, "GET", at(""), {}, undefined, 500],
  ["a misconfiguration in plain text", () => faulty, "POST", "/", {}, '{"prompt":"x"}', 500],
];

describe("every response of an agent has the headers that prevent caching and content sniffing:", () => {
  it.each(rows)("%s", async (_what, which, method, path, headers, body, status) => {
    const url = new URL(path.replace("{run}", run).replace("{tail}", tail), which().url);
    const answer = await ask(url, method, headers, body);
    expect(answer.status).toBe(status);
    expect(answer.headers).toMatchObject({ "cache-control": "no-store, no-transform", "x-content-type-options": "nosniff" });
    // Cookies serve a page of the agent's own origin only.
    expect(answer.headers).not.toHaveProperty("access-control-allow-credentials");
    const { "access-control-allow-origin": cors, vary, allow, "www-authenticate": authenticate } = answer.headers;
    const page = headers["Origin"] === ORIGIN;
    expect({ cors, vary, allow: allow !== undefined, authenticate }).toEqual({
      cors: page ? ORIGIN : undefined,
      vary: page ? "Origin" : undefined,
      allow: status === 405 || (method === "OPTIONS" && status === 204),
      authenticate: status === 401 ? "Bearer" : undefined,
    });
    // Every refusal is the same object.
    const refusal: unknown = status >= 400 && method !== "HEAD" ? JSON.parse(answer.body) : { error: { code: "none", message: "" } };
    expect(refusal).toMatchObject({ error: { code: expect.any(String), message: expect.any(String) } });
  });
});

describe("Accept of a start is a list of media types:", () => {
  it.each([
    [undefined, "text/event-stream"],
    ["*/*", "text/event-stream"],
    ["text/html", "text/event-stream"],
    ["text/event-stream, application/json", "text/event-stream"],
    ["application/json, text/event-stream;q=0.5", "application/json"],
    ["application/json;q=0.5, text/event-stream;q=0.9", "text/event-stream"],
    ["APPLICATION/JSON", "application/json"],
    ["application/*", "application/json"],
    ["application/json, text/event-stream;q=0", "application/json"],
    ["text/event-stream;q=0, */*;q=0.1", "application/json"],
    ["application/json;q=0", "text/event-stream"],
    ["application/jsonx", "text/event-stream"],
    ["application/json, text/event-streamx", "application/json"],
  ])("%s is answered with %s", async (accept, type) => {
    const headers: Record<string, string> = accept === undefined ? {} : { Accept: accept };
    const { headers: answered } = await ask(new URL(at("/runs"), host.url), "POST", headers, '{"prompt":"x"}');
    expect(answered["content-type"]).toMatch(new RegExp(`^${type}(;|$)`));
  });
});

describe("Content-Type of an input is a media type:", () => {
  it.each([
    ["application/octet-stream", 202],
    ["Application/Octet-Stream; x=y", 202],
    ["application/octet-stream-x", 400],
    ["application/octet-stream+json", 400],
    ["application/octet-streamx", 400],
  ])("%s", async (type, status) => {
    const slow = await ask(new URL(at("/runs"), host.url), "POST", { Accept: "application/json" }, '{"prompt":"Tell me much"}');
    const { id } = JSON.parse(slow.body) as { id: string };
    const { status: answered } = await ask(new URL(at(`/runs/${id}/inputs`), host.url), "POST", { "Content-Type": type }, "\0");
    expect(answered).toBe(status);
  });
});

describe("mismatched names are reported with the existing ones:", () => {
  it.each([
    ["segment", /\/agents\/other-agent.*GuardedAgent.*agent: "guarded-agent"/, "/agents/other-agent/x"],
    ["binding", /GuardedAgent \(\/agents\/guarded-agent\)/, "/agents/guarded-agent/x"],
  ])("the %s, over HTTP and WebSocket", async (wrong, message, path) => {
    const url = new URL(path, guarded.url);
    const { status, body } = await ask(url, "GET", { "X-Wrong": wrong });
    expect([status, JSON.parse(body)]).toMatchObject([500, { error: { code: "misconfigured", message: expect.stringMatching(message) } }]);
    const socket = new TestSocket(`${url.href}?v=1`, { "X-Wrong": wrong });
    const closed = once(socket.socket, "close");
    expect(await socket.closed()).toBe(4500);
    expect(String((await closed)[1])).toContain("agent");
  });

  it("a binding that a tracer wraps at each access still matches", async () => {
    const { status } = await ask(new URL("/agents/guarded-agent/x", guarded.url), "GET", { "X-Wrong": "nothing: it is traced" });
    expect(status).toBe(401);
  });

  it("a URL that names no agent, over HTTP and WebSocket", async () => {
    const url = new URL("/agents/support-agent/x", host.url);
    const { status, body } = await ask(url, "GET", {});
    const message = "No agent is served at /agents/support-agent. Did you mean /agents/transport-agent/<name>?";
    expect([status, JSON.parse(body)]).toEqual([404, { error: { code: "not_found", message } }]);
    const socket = new TestSocket(`${url.href}?v=1`);
    const closed = once(socket.socket, "close");
    expect([await socket.closed(), String((await closed)[1])]).toEqual([4404, message]);
  });
});

describe("permessage-deflate", () => {
  const OFFER = "permessage-deflate";
  const OF_NODE = `${OFFER}; client_max_window_bits`;

  it("is declined where the option of routeRequest says so by its word", async () => {
    const url = new URL("/agents/guarded-agent/all?v=1", guarded.url);
    const { status, headers } = await ask(url, "GET", { ...handshake, ...anyone, "Sec-WebSocket-Extensions": OF_NODE });
    expect([status, headers["sec-websocket-extensions"]]).toEqual([101, undefined]);
  });

  it.each([
    ["is declined", undefined, [[OF_NODE, undefined]]],
    [
      "is left to the runtime when the operator allows it",
      "on",
      [
        [OF_NODE, `${OFFER}; client_max_window_bits=15`],
        [`${OFFER}; server_no_context_takeover`, `${OFFER}; server_no_context_takeover`],
        ["", undefined],
      ],
    ],
    [
      "has small windows when the operator says so, the client's too where it offers that",
      "small-window",
      [
        [OF_NODE, `${OFFER}; client_max_window_bits=11; server_max_window_bits=11`],
        [OFFER, `${OFFER}; server_max_window_bits=11`],
        [`${OFFER}; server_max_window_bits=9`, `${OFFER}; server_max_window_bits=9`],
        [`${OFFER}; server_no_context_takeover`, `${OFFER}; server_no_context_takeover; server_max_window_bits=11`],
        [`${OFFER}; client_no_context_takeover`, `${OFFER}; server_max_window_bits=11`],
        ["x-webkit-deflate-frame", undefined],
        ["", undefined],
      ],
    ],
  ] as const)("%s, and the socket works", async (_what, compress, negotiated) => {
    const worker = await start({ vars: { ...(compress && { COMPRESS_WEBSOCKETS: compress }), LIMITS: '{"requestBytes":1000000}' } });
    try {
      const url = new URL(at("?v=1"), worker.url);
      for (const [offer, answer] of negotiated) {
        const { status, headers } = await ask(url, "GET", {
          ...handshake,
          ...(offer !== "" && { "Sec-WebSocket-Extensions": offer }),
        });
        expect([status, headers["sec-websocket-extensions"]]).toEqual([101, answer]);
      }
      const socket = await new TestSocket(url.href).open();
      expect(socket.socket.extensions).toBe(compress === undefined ? "" : OFFER);
      socket.send({ type: "start", key: "k", input: { prompt: "x".repeat(100_000) } });
      const { run: started } = await socket.frame(({ type }) => type === "started");
      expect((await socket.ended((started as { id: string }).id)).at(-1)?.data).toMatchObject({ data: { state: "finished" } });
      // What it is inflated to is what is counted. It has been inflated by then, which is why compression is not the default.
      socket.send({ type: "start", key: "l", input: { prompt: "x".repeat(20_000_000) } });
      expect(await socket.frame(({ type }) => type === "error")).toMatchObject({ error: { code: "payload_too_large" } });
      socket.socket.close();
    } finally {
      await worker.dispose();
    }
  });
});
