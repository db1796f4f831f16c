/** What a page of another origin asks beforehand: a browser remembers it, and so is asked for one round trip only. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";
import { listen } from "@agent-transports/lab/listen";
import { needs } from "@agent-transports/lab/needs";
import { chromium } from "@agent-transports/lab/tools";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchChromium, startPageServer, type PageServer } from "../page-server.ts";
import type { ConnectPage } from "./connect-page.ts";

const END = `id: e.1\ndata: ${JSON.stringify({ type: "data-run-end", data: { state: "finished" }, transient: true })}\n\n`;

describe("a page of another origin in Chromium", { timeout: 120_000, ...needs(chromium) }, () => {
  const asked: string[] = [];
  let agent: Server;
  let url: string;
  let pages: PageServer;
  let browser: Browser;
  beforeAll(async () => {
    agent = createServer(answer);
    url = `http://127.0.0.1:${await listen(agent)}`;
    pages = await startPageServer(join(import.meta.dirname, "connect-page.ts"));
    browser = await launchChromium();
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await pages?.close();
    agent?.closeAllConnections();
    agent?.close();
  });

  /** As the Worker does (PROTOCOL.md §3.1, §3.7). */
  function answer({ method = "", headers }: IncomingMessage, response: ServerResponse): void {
    const isPreflight = headers["access-control-request-method"] !== undefined;
    asked.push(isPreflight ? "preflight" : method);
    response.setHeader("Access-Control-Allow-Origin", headers.origin ?? "*");
    response.setHeader("Access-Control-Expose-Headers", "Agent-Run, Agent-Heartbeat");
    response.setHeader("Access-Control-Allow-Methods", "GET, POST, DELETE, OPTIONS");
    response.setHeader("Access-Control-Allow-Headers", "Content-Type, Last-Event-ID, Idempotency-Key, Authorization");
    response.setHeader("Access-Control-Max-Age", "86400");
    if (method === "OPTIONS") response.writeHead(204).end();
    else
      response.writeHead(200, { "Content-Type": "text/event-stream", "Agent-Run": `r${asked.length}`, "Agent-Heartbeat": "5000" }).end(END);
  }

  it("sends one preflight with its connect, and none with the questions after it", async () => {
    const page = await browser.newPage();
    await page.goto(pages.origin);
    await page.waitForFunction(() => "connecting" in window);
    const ask: ConnectPage["ask"] = (at) => page.evaluate((at) => window.connecting.ask(at), at);
    await ask(url);
    expect(asked).toEqual(["preflight", "OPTIONS", "POST", "POST"]);
    await page.close();
  });
});
