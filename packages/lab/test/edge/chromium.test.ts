/** Pages in Chromium at the edges, over each version of HTTP: with the clients that people install and the real Worker, and with what stands in its place. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { promisify } from "node:util";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { openPages, watchHandshakes, type PageRun, type Pages } from "../../src/browser/index.ts";
import { makeCertificate, startEdge, type Edge, type EdgeKind, type HttpVersion } from "../../src/edge/index.ts";
import { needs } from "../../src/needs.ts";
import { replyMarker, startProvider, type ScriptedProvider } from "../../src/provider/index.ts";
import * as tools from "../../src/tools.ts";
import { startWorker } from "../../src/worker-host/index.ts";
import { BINARY, startUpstream, type Upstream } from "./upstream.ts";

/** What a browser calls a version in `nextHopProtocol`: its ALPN (RFC 7301). */
const NAMES: Readonly<Record<HttpVersion, string>> = { h1: "http/1.1", h2: "h2", h3: "h3" };
const TOKENS = Array.from({ length: 10 }, (_, index) => `token${index} `);
const TOKEN_EVERY_MS = 20;

const streams = [
  ["caddy", "h1"],
  ["caddy", "h2"],
  ["caddy", "h3"],
  ["haproxy", "h1"],
  ["haproxy", "h2"],
] as const;
const sockets = [
  ["caddy", "h1", 101],
  ["haproxy", "h1", 101],
  ["haproxy", "h2", 200],
] as const;

/** Debian's Caddy cannot: docs/edges.md has the command with one that can. */
const newerSockets = process.env["GODEBUG"] === "http2xconnect=1" ? ([["caddy", "h2", 200]] as const) : [];

describe("a page in Chromium at an edge", needs(tools.chromium, tools.caddy, tools.haproxy, tools.openssl), () => {
  let provider: ScriptedProvider;
  let upstream: Upstream;
  let edges: Readonly<Record<EdgeKind, Edge>>;
  /** Before what stands in the Worker's place. */
  let caddy: Edge;
  let pages: Pages;
  let replies = 0;

  const opened = new AsyncDisposableStack();
  beforeAll(async () => {
    provider = opened.adopt(await startProvider(), (one) => one.close());
    const vars = { OPENAI_API_KEY: "scripted", OPENAI_BASE_URL: provider.baseUrl, OPENAI_API: "chat" };
    const host = opened.adopt(await startWorker({ vars }), (one) => one.dispose());
    upstream = opened.use(await startUpstream());
    const certificate = await makeCertificate();
    const start = async (kind: EdgeKind, target: URL): Promise<Edge> => opened.use(await startEdge(kind, { target, certificate }));
    edges = { caddy: await start("caddy", host.url), haproxy: await start("haproxy", host.url) };
    caddy = await start("caddy", upstream.target);
    pages = opened.adopt(await openPages({ edges: [edges.caddy, edges.haproxy, caddy] }), (one) => one.close());
  });
  afterAll(() => opened.disposeAsync());

  /** Reads so many answers at once, on one client. None ends before the page has text of each, and an edge that buffers gives none before. */
  async function read(page: Page, transport: "sse" | "ws", count = 1): Promise<readonly PageRun[]> {
    const goOn = Promise.withResolvers<void>();
    const inputs = Array.from({ length: count }, () => {
      const key = `reply-${replies++}`;
      provider.addReply(key, { tokens: TOKENS, dueMs: TOKENS.map((_, index) => index * TOKEN_EVERY_MS), end: goOn.promise });
      return { prompt: replyMarker(key) };
    });
    const agent = `agent-${replies}`;
    const begun = (): Promise<number> => page.evaluate((name) => window.follow.begun(name), agent);
    const [runs] = await Promise.all([
      page.evaluate(([how, name, all]) => window.follow.followAll(how, name, all), [transport, agent, inputs] as const),
      vi.waitFor(async () => expect(await begun()).toBe(count), { timeout: 40_000 }).then(() => goOn.resolve()),
    ]);
    return runs;
  }

  function expectWhole(runs: readonly PageRun[]): void {
    for (const { end, events } of runs) {
      expect(end).toBe("finished");
      expect(events.map(({ data }) => (data.type === "text-delta" ? data.delta : "")).join("")).toBe(TOKENS.join(""));
    }
  }

  /** Of so many requests. */
  const versionsOf = (page: Page, requests: number): Promise<string[]> =>
    page.evaluate(async (atLeast) => [...new Set(await window.follow.protocols(atLeast))], requests);

  it.each(streams)("%s %s: reads an answer by SSE as it comes, and says that all went over this version", async (kind, version) => {
    const page = await pages.open(edges[kind].url(version));
    expectWhole(await read(page, "sse"));
    expect(await versionsOf(page, 1)).toEqual([NAMES[version]]);
    await page.context().close();
  });

  it.each(streams.filter(([, version]) => version !== "h1"))("%s %s: reads 25 answers at once by SSE", async (kind, version) => {
    const page = await pages.open(edges[kind].url(version));
    const runs = await read(page, "sse", 25);
    expect(runs).toHaveLength(25);
    expectWhole(runs);
    expect(await versionsOf(page, 25)).toEqual([NAMES[version]]);
    await page.context().close();
  });

  it.each(sockets)("%s %s: reads 25 answers at once by WebSocket, opened with status %d", async (kind, version, status) => {
    const page = await pages.open(edges[kind].url(version));
    const statuses = await watchHandshakes(page);
    expectWhole(await read(page, "ws", 25));
    expect(statuses).toEqual([status]);
    expect(edges[kind].webSockets).toContain(version);
    await page.context().close();
  });

  it.each(newerSockets)(
    "%s %s: reads 25 answers at once by WebSocket, with status %d, where Go is told to take one",
    async (kind, version, status) => {
      const page = await pages.open(edges[kind].url(version));
      const statuses = await watchHandshakes(page);
      expectWhole(await read(page, "ws", 25));
      expect(statuses).toEqual([status]);
      // Node would not open it: docs/edges.md says why.
      expect(edges[kind].webSockets).not.toContain(version);
      await page.context().close();
    },
  );

  it("haproxy h2: carries SSE and WebSocket on one connection", async () => {
    const url = edges.haproxy.url("h2");
    const page = await pages.open(url);
    const statuses = await watchHandshakes(page);
    const both = await Promise.all([read(page, "sse"), read(page, "ws")]);
    expectWhole(both.flat());
    expect(statuses).toEqual([200]);
    const { stdout } = await promisify(execFile)("ss", ["-Htn", "state", "established", `( sport = :${url.port} )`]);
    expect(stdout.trim().split("\n")).toHaveLength(1);
    await page.context().close();
  });

  it("haproxy h2-or-h1: opens a WebSocket over HTTP/2 where such a connection is open, and over HTTP/1.1 where none is", async () => {
    const page = await pages.open(edges.haproxy.url("h2-or-h1"));
    const statuses = await watchHandshakes(page);
    expectWhole(await read(page, "ws"));
    await page.evaluate(() => chrome.benchmarking.closeConnections());
    // Another process closes them, and does not say when.
    await expect
      .poll(
        async () => {
          expectWhole(await read(page, "ws"));
          return statuses.at(-1);
        },
        { timeout: 40_000 },
      )
      .toBe(101);
    expect(statuses[0]).toBe(200);
    await page.context().close();
  });

  it("caddy h3: carries what goes up and a megabyte down, and tells the Worker when a reader has gone", async () => {
    const page = await pages.open(caddy.url("h3"));
    const [echo, sum, first] = await page.evaluate(async () => {
      const echoed = await fetch("/input", { method: "POST", body: "an input" });
      const bytes = new Uint8Array(await (await fetch("/binary")).arrayBuffer());
      const leaving = new AbortController();
      const response = await fetch("/events", { signal: leaving.signal });
      const { value } = await response.body!.getReader().read();
      window.addEventListener("leave", () => leaving.abort());
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
      return [await echoed.text(), [bytes.length, ...digest], new TextDecoder().decode(value)] as const;
    });
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", BINARY));
    expect([echo, sum, first]).toEqual(["an input", [BINARY.length, ...digest], "data: 1\n\n"]);
    const [stream] = upstream.streams;
    const gone = once(stream!, "close");
    await page.evaluate(() => void window.dispatchEvent(new Event("leave")));
    await gone;
    expect(new Set(await page.evaluate(() => window.follow.protocols(1)))).toEqual(new Set(["h3"]));
    await page.context().close();
  });

  it("caddy h3: TCP gets no answer on that port", async () => {
    const socket = connect({ port: Number(caddy.url("h3").port), host: caddy.address });
    socket.on("error", () => undefined); // No answer either.
    let answer = "";
    socket.on("data", (data) => (answer += String(data)));
    socket.write("GET / HTTP/1.1\r\nHost: agent.test\r\nConnection: close\r\n\r\n");
    // Whatever would answer it has had time to answer this.
    const page = await pages.open(caddy.url("h3"));
    await page.evaluate(async () => (await fetch("/input")).text());
    expect(answer).toBe("");
    socket.destroy();
    await page.context().close();
  });
});
