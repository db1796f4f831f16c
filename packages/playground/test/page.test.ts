import { needs } from "@agent-transports/lab/needs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { browserInTurn, type Page } from "./browser/index.ts";
import {
  compared,
  chooseLine,
  exported,
  faultsOf,
  figure,
  lane,
  LONG,
  midway,
  openSite,
  recovered,
  reloaded,
  seconds,
  type Site,
  stopped,
  streaming,
  waiting,
  urlOf,
  whole,
} from "./site.ts";

let site: Site;
beforeAll(async () => {
  site = await openSite(browserInTurn);
});
afterAll(() => site?.close());

const transports = ["sse", "ws"] as const;

/** Goes to another page, and back. A page that comes out of the back/forward cache then has `persisted`. */
async function leftAndBack(page: Page): Promise<void> {
  await page.evaluate(() =>
    addEventListener("pageshow", ({ persisted }) => {
      if (persisted) Object.assign(globalThis, { persisted });
    }),
  );
  await page.click("#export a");
  await page.waitForURL(/chat/);
  await page.goBack({ waitUntil: "commit" });
  await page.waitForFunction(() => location.pathname === "/");
}

describe.concurrent(`the page in ${browserInTurn.name}, whose lines are broken`, { timeout: 120_000, ...needs(browserInTurn.tool) }, () => {
  it("shows the log's text in both lanes after a cut, with nothing lost, repeated or reordered", async () => {
    const { page, close, faults, origins } = await midway(site);
    await page.click("[data-fault=cut]");
    await recovered(page);
    const { sse, ws } = await stopped(page);
    expect({ sse, ws }).toMatchObject({ sse: whole, ws: whole });
    expect(sse.text).toBe(ws.text);
    expect(faults).toEqual([]);
    expect([...origins]).toEqual([site.host.url.origin]);
    await close();
  });

  it("waits while it is offline, and goes on when it is back", async () => {
    const { page, faults, close } = await midway(site);
    await page.click("[data-fault=offline]");
    await waiting(page);
    expect(await page.getAttribute("[data-fault=offline]", "aria-pressed")).toBe("true");
    await page.click("[data-fault=offline]");
    await recovered(page);
    expect(await stopped(page)).toMatchObject({ sse: whole, ws: whole });
    expect(faults).toEqual([]);
    await close();
  });

  it("goes on at once on the one line that is back, of two that were offline", async () => {
    const { page, faults, close } = await midway(site);
    await page.click("[data-fault=offline]");
    await waiting(page);
    await chooseLine(page, "sse");
    await page.click("[data-fault=offline]");
    // Untold, it would wait for the longest delay of all: 30 s.
    await recovered(page, ["sse"]);
    expect((await lane(page, "ws")).state).not.toBe("open");
    expect(faults).toEqual([]);
    await close();
  });

  it("comes back from a line that only looks open", async () => {
    const { page, close, faults } = await midway(site);
    await page.click("[data-fault=half-open]");
    await recovered(page);
    expect(await stopped(page)).toMatchObject({ sse: whole, ws: whole });
    expect(faults).toEqual([]);
    await close();
  });

  it.each([
    ["tunnel that is shorter than the clients' patience", "tunnel", 4, 0],
    ["tunnel that is longer than that, over new connections,", "long-tunnel", 12, 1],
  ])("shows after a %s what was written meanwhile", async (_what, tunnel, gap, reconnects) => {
    const { page, faults, close } = await midway(site);
    // It lasts a few seconds, and a click may be told of later.
    await Promise.all([page.waitForSelector(`[data-fault=${tunnel}]:disabled`), page.click(`[data-fault=${tunnel}]`)]);
    const { text } = await lane(page, "sse");
    await page.waitForSelector(`[data-fault=${tunnel}]:enabled`);
    await streaming(page, transports, text.length + 1_000);
    const { sse, ws } = await stopped(page);
    expect({ sse, ws }).toMatchObject({ sse: whole, ws: whole });
    expect(sse.text).toBe(ws.text);
    // A busy machine may be taken for dead once more, and its silence be longer.
    expect(Math.min(sse.reconnects, ws.reconnects)).toBeGreaterThanOrEqual(reconnects);
    for (const transport of transports) expect(await seconds(page, transport, "Longest gap")).toBeGreaterThanOrEqual(gap);
    expect(faults).toEqual([]);
    await close();
  });

  it("breaks one line only where one is chosen", async () => {
    const opened = await site.open(LONG);
    const { page, faults, close } = opened;
    await chooseLine(page, "ws");
    await page.click("#start");
    await streaming(page);
    await page.click("[data-fault=cut]");
    await recovered(page, ["ws"]);
    expect(await stopped(page)).toMatchObject({ sse: whole, ws: whole });
    // Reconnects are no proof of it: a busy machine may be taken for dead on the other line.
    const results = await exported(opened);
    expect({ sse: faultsOf(results, "sse"), ws: faultsOf(results, "ws") }).toEqual({ sse: [], ws: ["cut"] });
    expect(faults).toEqual([]);
    await close();
  });

  it("loses nothing on a slow link", async () => {
    const { page, faults, close } = await site.open("?words=60&pace=100");
    await page.click("[data-fault=slow]");
    await page.click("#start");
    for (const transport of transports) {
      expect(await compared(page, transport)).toMatchObject(whole);
      // The round trip of the link.
      expect(await seconds(page, transport, "First token")).toBeGreaterThanOrEqual(0.3);
    }
    expect(faults).toEqual([]);
    await close();
  });
});

describe.concurrent(`the page in ${browserInTurn.name}`, { timeout: 120_000, ...needs(browserInTurn.tool) }, () => {
  it("goes on with its run after a reload, and in a second tab", async () => {
    const { page, beside, faults, close } = await midway(site);
    await page.waitForURL(/sse=.*ws=/);
    await reloaded(page);
    await streaming(page);
    const { page: tab, faults: faultsOfTab } = await beside();
    await tab.goto((await urlOf(page)).href);
    await streaming(tab);
    const { sse, ws } = await stopped(page);
    expect({ sse, ws }).toMatchObject({ sse: whole, ws: whole });
    expect(await compared(tab, "sse")).toEqual(sse);
    expect((await compared(tab, "ws")).text).toBe(ws.text);
    expect([...faults, ...faultsOfTab]).toEqual([]);
    await close();
  });

  it("names each run once it is answered, and comes back after a reload to the question that was not", async () => {
    const { page, faults, close } = await site.open(LONG);
    await chooseLine(page, "ws");
    await page.click("[data-fault=offline]");
    await page.click("#start");
    await page.waitForURL(/[?&]sse=/);
    expect((await urlOf(page)).searchParams.get("ws")).toBeNull();
    await reloaded(page);
    await page.waitForURL(/[?&]sse=.*ws=/);
    await streaming(page);
    const { searchParams } = await urlOf(page);
    expect(searchParams.get("ws")).toBe(searchParams.get("sse"));
    // A lane whose run was handed over is not come back to.
    await page.click('[data-transport="sse"] [data-part="over"]');
    await page.waitForSelector('[data-transport="ws"] .carried');
    await reloaded(page);
    await page.waitForFunction(() => !document.querySelector(".carried"));
    await streaming(page, ["ws"]);
    expect((await lane(page, "sse")).state).toBe("idle");
    await page.click("#stop");
    expect(await compared(page, "ws")).toMatchObject(whole);
    expect(faults).toEqual([]);
    await close();
  });

  it("goes on where it was when it is come back to by the browser's back button", async () => {
    const { page, faults, close } = await midway(site);
    await page.waitForURL(/sse=.*ws=/);
    await leftAndBack(page);
    // The page that was left, or its next document.
    await page.waitForFunction(() => "persisted" in globalThis || document.querySelector("#start:enabled") !== null);
    expect(await page.evaluate("'persisted' in globalThis")).toBe(browserInTurn.keepsConnectedPages);
    await streaming(page, transports, (await lane(page, "sse")).text.length + 200);
    expect(await stopped(page)).toMatchObject({ sse: whole, ws: whole });
    expect(faults).toEqual([]);
    await close();
  });

  it("comes out of the back/forward cache before it has asked anything, and then asks", async () => {
    const { page, faults, close } = await site.open("?words=60&pace=200");
    await page.waitForSelector("#start:enabled");
    await leftAndBack(page);
    await page.waitForFunction(() => "persisted" in globalThis);
    await page.click("#start");
    for (const transport of transports) expect(await compared(page, transport)).toMatchObject(whole);
    expect(faults).toEqual([]);
    await close();
  });

  it("lets its connections go once it is told that it is put into that cache, and goes on once it is told that it is back", async () => {
    const { page, faults, close } = await midway(site);
    await page.evaluate(() => void dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true })));
    await waiting(page);
    await page.evaluate(() => void dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })));
    await recovered(page);
    expect(await stopped(page)).toMatchObject({ sse: whole, ws: whole });
    expect(faults).toEqual([]);
    await close();
  });

  it("hands a run over in mid-sentence, and the other lane goes on behind the last event", async () => {
    const { page, faults, close } = await midway(site);
    await page.fill("#input", "A word from the reader.");
    await page.click("#send button");
    await page.waitForSelector('[data-transport="sse"] .input');
    await page.click('[data-transport="sse"] [data-part="over"]');
    await page.waitForSelector('[data-transport="ws"] .carried');
    const carried = (await page.textContent('[data-transport="ws"] .carried')) ?? "";
    expect(await page.textContent('[data-transport="ws"] .carried .input')).toBe("A word from the reader.");
    await streaming(page, ["ws"], carried.length + 100);
    expect(await figure(page, "ws", "First token")).toBe("–");
    await page.click("#stop");
    const shown = await compared(page, "ws");
    expect(shown).toMatchObject(whole);
    expect(shown.text.startsWith(carried)).toBe(true);
    expect(await lane(page, "sse")).toMatchObject({ state: "left", verdict: expect.stringMatching(/^Handed over/) });
    expect(faults).toEqual([]);
    await close();
  });

  it("hands a run over and back where each lane has an agent of its own, and comes back to it after a reload", async () => {
    const { page, faults, close } = await site.open(`${LONG}&runs=each`);
    await page.click("#start");
    await streaming(page);
    await page.waitForURL(/sse=.*ws=/);
    const run = (await urlOf(page)).searchParams.get("sse");
    for (const [from, to] of [
      ["sse", "ws"],
      ["ws", "sse"],
    ] as const) {
      await page.click(`[data-transport="${from}"] [data-part="over"]`);
      await page.waitForSelector(`[data-transport="${to}"] .carried`);
      await reloaded(page);
      await streaming(page, [to], (await lane(page, to)).text.length + 100);
      const { searchParams } = await urlOf(page);
      expect([searchParams.get(from), searchParams.get(to)]).toEqual([null, run]);
      expect((await lane(page, from)).state).toBe("idle");
    }
    await page.click("#stop");
    expect(await compared(page, "sse")).toMatchObject(whole);
    // Another question is asked of each lane's own agent.
    await page.click("#start");
    await streaming(page);
    await page.waitForURL(/sse=.*ws=/);
    const { searchParams } = await urlOf(page);
    expect(searchParams.get("sse")).not.toBe(searchParams.get("ws"));
    expect(searchParams.get("of")).toBeNull();
    expect(await stopped(page)).toMatchObject({ sse: whole, ws: whole });
    expect(faults).toEqual([]);
    await close();
  });

  it("shows what was sent into the run in both lanes, and stops it", async () => {
    const { page, faults, close } = await midway(site);
    await page.fill("#input", "A word from the reader.");
    await page.selectOption("#over", "ws");
    await page.click("#send button");
    for (const transport of transports) {
      await page.waitForFunction(
        (transport) => document.querySelector(`[data-transport="${transport}"] .input`)?.textContent === "A word from the reader.",
        transport,
      );
    }
    expect(await stopped(page)).toMatchObject({ sse: whole, ws: whole });
    expect(await page.textContent("#said")).toContain("cancelled");
    expect(faults).toEqual([]);
    await close();
  });
});
