/** HTTP/1.1's six connections: what goes up gets through, and whoever follows too many runs is told. Over HTTP/2 there is no such limit. */
import { join } from "node:path";
import { needs } from "@agent-transports/lab/needs";
import { NGINX_DEFAULTS, startNginx } from "@agent-transports/lab/nginx";
import { replyMarker, startProvider, type ScriptedProvider } from "@agent-transports/lab/provider";
import { chromium, nginx } from "@agent-transports/lab/tools";
import { startWorker, type WorkerHost } from "@agent-transports/lab/worker-host";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { launchChromium, startPageServer, type PageServer } from "../page-server.ts";
import type { LimitPage } from "./limit-page.ts";

const words = Array.from({ length: 100 }, (_, index) => `word${index} `);
const whole = words.join("");
const TOKEN_EVERY_MS = 50;

describe("event streams of a page in Chromium", { timeout: 120_000, ...needs(chromium) }, () => {
  let provider: ScriptedProvider;
  let host: WorkerHost;
  let pages: PageServer;
  let browser: Browser;
  let context: BrowserContext;
  let tests = 0;
  let name: string;
  /** Until it is called no run ends but by a cancel. Whatever is answered before was so although every stream goes on. */
  let endAll: () => void;
  beforeAll(async () => {
    provider = await startProvider();
    pages = await startPageServer(join(import.meta.dirname, "limit-page.ts"));
    host = await startWorker({
      vars: { OPENAI_API_KEY: "scripted", OPENAI_BASE_URL: provider.baseUrl, OPENAI_API: "chat", ALLOWED_ORIGINS: pages.origin },
    });
    browser = await launchChromium({ args: ["--ignore-certificate-errors"] });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await host?.dispose();
    await pages?.close();
    await provider?.close();
  });
  beforeEach(async () => {
    name = `limit-${(tests += 1)}`;
    const end = Promise.withResolvers<void>();
    endAll = end.resolve;
    provider.addReply(name, { tokens: words, dueMs: words.map((_, index) => index * TOKEN_EVERY_MS), end: end.promise });
    context = await browser.newContext();
    context.setDefaultTimeout(60_000);
  });
  afterEach(async () => {
    endAll();
    await context.close();
  });

  async function openTab(url: URL = host.url): Promise<Page> {
    const tab = await context.newPage();
    const at = new URL(pages.origin);
    at.searchParams.set("url", url.href);
    at.searchParams.set("name", name);
    await tab.goto(at.href);
    await tab.waitForFunction(() => "limit" in window);
    return tab;
  }
  const follow = (tab: Page, count: number): Promise<void> =>
    tab.evaluate(
      (prompts) => window.limit.start(prompts),
      Array.from({ length: count }, () => replyMarker(name)),
    );
  const allSpeak = (tab: Page): Promise<unknown> => tab.waitForFunction(() => window.limit.texts().every((text) => text !== ""));
  const cancel = (tab: Page, index: number): ReturnType<LimitPage["cancel"]> => tab.evaluate((index) => window.limit.cancel(index), index);
  const send = (tab: Page, index: number): ReturnType<LimitPage["send"]> =>
    tab.evaluate((index) => window.limit.send(index, "and now"), index);

  /** How many of a tab's runs are over. */
  const over = (tab: Page): Promise<number> => tab.evaluate(() => window.limit.ends().filter((end) => end !== undefined).length);

  /** Lets all runs go on to their ends. Each has ended, and its events came once, in order, with none left out. */
  async function expectWhole(tab: Page, cancelled: readonly number[]): Promise<void> {
    endAll();
    await tab.waitForFunction(() => window.limit.ends().every((end) => end !== undefined));
    const [texts, ids, ends] = await tab.evaluate(() => [window.limit.texts(), window.limit.ids(), window.limit.ends()] as const);
    expect(ends).toEqual(ends.map((_, index) => (cancelled.includes(index) ? "cancelled" : "finished")));
    expect(texts).toEqual(texts.map((text, index) => (cancelled.includes(index) ? whole.slice(0, text.length) : whole)));
    for (const all of ids) expect(all.map((id) => Number(id.split(".")[1]))).toEqual(all.map((_, index) => index + 1));
  }

  it("let a cancel and inputs through when six of them use all HTTP/1.1 connections, and lose nothing", async () => {
    const tab = await openTab();
    await follow(tab, 6);
    await allSpeak(tab);
    await send(tab, 1);
    await cancel(tab, 0);
    expect(await tab.evaluate(() => window.limit.errors())).toEqual(["connection_limit"]);
    await expectWhole(tab, [0]);
  });

  it("let many requests through, at once and in a row", async () => {
    const tab = await openTab();
    await follow(tab, 6);
    await allSpeak(tab);
    await Promise.all([1, 2, 3, 4, 5].map((index) => send(tab, index)));
    const ids: string[] = [];
    for (let sent = 0; sent < 8; sent += 1) ids.push(await send(tab, 5));
    expect(new Set(ids).size).toBe(8);
    await expectWhole(tab, []);
  });

  it("let a cancel through when more of them wait than there are connections", async () => {
    const tab = await openTab();
    await follow(tab, 6);
    await allSpeak(tab);
    await follow(tab, 2);
    await cancel(tab, 0);
    expect(await over(tab)).toBeLessThanOrEqual(1);
    await expectWhole(tab, [0]);
  });

  it("are counted across all tabs: a cancel gets through, and a waiting tab is told why", async () => {
    const tabs = [await openTab(), await openTab()];
    for (const tab of tabs) {
      await follow(tab, 3);
      await allSpeak(tab);
    }
    for (const tab of tabs) await send(tab, 1);
    const third = await openTab();
    await follow(third, 1);
    await third.waitForFunction(() => window.limit.errors().length > 0);
    expect(await third.evaluate(() => window.limit.errors())).toEqual(["connection_limit"]);
    await cancel(tabs[0]!, 0);
    for (const [index, tab] of tabs.entries()) await expectWhole(tab, index === 0 ? [0] : []);
    await expectWhole(third, []);
  });

  it("let an input through also when the streams of another tab were too young to be counted", async () => {
    const [tab, other] = [await openTab(), await openTab()];
    for (const one of [tab, other]) {
      await follow(one, 3);
      await allSpeak(one);
    }
    await tab.evaluate(() => {
      const query = navigator.locks.query.bind(navigator.locks);
      navigator.locks.query = () => {
        navigator.locks.query = query;
        return Promise.resolve({ held: [], pending: [] });
      };
    });
    await send(tab, 1);
    expect([await over(tab), await over(other)]).toEqual([0, 0]);
    await expectWhole(tab, []);
    await expectWhole(other, []);
  });

  it("keep all connections over HTTP/2, however many there are", needs(nginx), async () => {
    await using edge = await edgeOf(host.url);
    const tab = await openTab(edge.url);
    let resumed = 0;
    tab.on("request", (request) => (resumed += request.url().includes("/events") ? 1 : 0));
    await follow(tab, 12);
    await allSpeak(tab);
    await send(tab, 1);
    await cancel(tab, 0);
    await expectWhole(tab, [0]);
    expect(resumed).toBe(0);
    expect(await tab.evaluate(() => window.limit.errors())).toEqual([]);
  });
});

async function edgeOf(target: URL): Promise<AsyncDisposable & { readonly url: URL }> {
  const edge = await startNginx(target, { ...NGINX_DEFAULTS, http2: true });
  return { url: edge.url, [Symbol.asyncDispose]: () => edge.close() };
}
