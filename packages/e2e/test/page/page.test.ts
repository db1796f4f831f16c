import { join } from "node:path";
import { needs } from "@agent-transports/lab/needs";
import { replyMarker, startProvider, type ScriptedProvider } from "@agent-transports/lab/provider";
import { startProxy, type FaultProxy } from "@agent-transports/lab/proxy";
import { chromium } from "@agent-transports/lab/tools";
import { startWorker, type WorkerHost } from "@agent-transports/lab/worker-host";
import type { Browser, CDPSession, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { launchChromium, startPageServer, type PageServer } from "../page-server.ts";
import type { Told } from "./page.ts";

const words = Array.from({ length: 100 }, (_, index) => `word${index} `);
const whole = words.join("");

/** Each event stream takes a connection; a socket carries all runs. */
const connectionLimits = { sse: [6], ws: [] } as const;

describe.each(["sse", "ws"] as const)("a page in Chromium, over %s", { timeout: 120_000, ...needs(chromium) }, (transport) => {
  let provider: ScriptedProvider;
  let host: WorkerHost;
  let pages: PageServer;
  let browser: Browser;
  let proxy: FaultProxy;
  let page: Page;
  let devtools: CDPSession;
  let name: string;
  let tests = 0;
  /** Until it is called no answer ends: a fault strikes in the middle of it, however late. */
  let endAnswer: () => void;
  beforeAll(async () => {
    provider = await startProvider();
    pages = await startPageServer(join(import.meta.dirname, "page.ts"));
    host = await startWorker({
      vars: { OPENAI_API_KEY: "scripted", OPENAI_BASE_URL: provider.baseUrl, OPENAI_API: "chat", ALLOWED_ORIGINS: pages.origin },
    });
    // Playwright switches the back/forward cache off.
    browser = await launchChromium({
      ignoreDefaultArgs: ["--disable-back-forward-cache"],
      // `navigator.connection.type`, which Chrome has on Android.
      args: ["--enable-blink-features=NetInfoDownlinkMax"],
    });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await host?.dispose();
    await pages?.close();
    await provider?.close();
  });
  beforeEach(async () => {
    name = `page-${(tests += 1)}`;
    proxy = await startProxy(host.url);
    const context = await browser.newContext();
    page = await context.newPage();
    devtools = await context.newCDPSession(page);
    await load();
    const ending = Promise.withResolvers<void>();
    endAnswer = ending.resolve;
    provider.addReply(name, { tokens: words, dueMs: words.map((_, index) => index * 50), end: ending.promise });
  });
  afterEach(async () => {
    endAnswer();
    await page.context().close();
    await proxy.close();
  });

  /** @param given what the page is told besides */
  async function load(given: Readonly<Record<string, string>> = {}): Promise<void> {
    const query = new URLSearchParams({ transport, url: proxy.url.href, name, ...given });
    await page.goto(`${pages.origin}/?${query.toString()}`);
    await page.waitForFunction(() => "test" in window);
  }
  const start = (): Promise<void> => page.evaluate((prompt) => window.test.start(prompt), replyMarker(name));
  const told = (): Promise<Told> => page.evaluate(() => window.test.told());
  const shows = (word: string): Promise<unknown> => page.waitForFunction((word) => window.test.told().text.includes(word), word);
  async function ended(): Promise<Told> {
    endAnswer();
    await page.waitForFunction(() => window.test.told().end !== undefined);
    return told();
  }

  it("resumes as soon as the network is back, and shows each word once", async () => {
    await start();
    await shows("word5 ");
    await page.context().setOffline(true);
    proxy.reset();
    await page.waitForFunction(() => window.test.told().states.at(-1)?.to === "waiting");
    await page.context().setOffline(false);
    const { text, end } = await ended();
    expect(end).toBe("finished");
    expect(text).toBe(whole);
  });

  it("resumes after the shown events when it reloads in the middle of an answer", async () => {
    await start();
    await shows("word7 ");
    await page.reload();
    await page.waitForFunction(() => "test" in window);
    await start();
    await shows("word20 ");
    await page.reload();
    await page.waitForFunction(() => "test" in window);
    await start();
    expect((await ended()).text).toBe(whole);
    expect(await page.evaluate(() => Object.keys(sessionStorage))).toEqual(["text"]);
  });

  it("disconnects when it enters the back/forward cache, and resumes when it leaves it", async () => {
    await start();
    await shows("word5 ");
    await page.goto(`${pages.origin}/elsewhere`);
    await page.goBack({ waitUntil: "commit" });
    const { text, cached, states } = await ended();
    expect(cached).toBe(true);
    expect(text).toBe(whole);
    expect(states.map(({ error }) => error)).toContain("The page was hidden.");
  });

  it("resumes at once after it was frozen for longer than a heartbeat", async () => {
    await start();
    await shows("word5 ");
    await devtools.send("Page.setWebLifecycleState", { state: "frozen" });
    // While it is frozen the page's connection dies without a word.
    proxy.reset();
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await devtools.send("Page.setWebLifecycleState", { state: "active" });
    const { text, end } = await ended();
    expect(end).toBe("finished");
    expect(text).toBe(whole);
  });

  it("resumes at once on another network, where the connection of the one before is dead without a word", async () => {
    const network = (connectionType: "wifi" | "cellular4g"): Promise<unknown> =>
      // A latency of 0 would take the whole override for none.
      devtools.send("Network.overrideNetworkState", {
        offline: false,
        latency: 1,
        downloadThroughput: -1,
        uploadThroughput: -1,
        connectionType,
      });
    // On a machine that is busy, a heartbeat of a second may be missed before the network changes.
    await load({ heartbeatMs: "5000" });
    await network("wifi");
    await start();
    await shows("word5 ");
    proxy.halfOpen();
    await network("cellular4g");
    const { text, end, states } = await ended();
    expect(end).toBe("finished");
    expect(text).toBe(whole);
    expect(states.map(({ error }) => error).filter((error) => error !== undefined)).toEqual(["The network changed."]);
  });

  it.each(connectionLimits[transport])("reports once that a browser's %i HTTP/1.1 connections are used up, and only then", async () => {
    await start();
    await shows("word1 ");
    const response = await fetch(new URL(`/agents/transport-agent/${name}/runs`, host.url));
    const [run] = ((await response.json()) as { runs: { id: string }[] }).runs;
    const follow = (count: number): Promise<void> =>
      page.evaluate(([id, count]) => window.test.followMany(id, count), [run!.id, count] as const);
    await follow(4);
    expect((await told()).errors).toEqual([]);
    await follow(1);
    await page.waitForFunction(() => window.test.told().errors.length > 0);
    await follow(2);
    expect((await told()).errors).toEqual(["connection_limit"]);
  });
});
