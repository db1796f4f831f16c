/** The page with useChat. */
import { needs } from "@agent-transports/lab/needs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { browsers, type OpenPage, type Page } from "./browser/index.ts";
import { eventually, openSite, type Site } from "./site.ts";

const transports = ["sse", "ws"] as const;
const TOKEN = "a-token-that-nobody-can-guess";
/** Longer than any test takes. */
const LONG = "Write 20000 words at 60 tokens/s.";
const SHORT = "Write 30 words at 60 tokens/s.";
const STOP = "form button[type=button]";

async function ask(page: Page, question: string): Promise<void> {
  await page.fill("input", question);
  await page.keyboard.press("Enter");
}

/** Waits until the first answer is so long. */
async function grown(page: Page, characters: number): Promise<void> {
  await page.waitForFunction((characters) => (document.querySelector(".assistant")?.textContent?.length ?? 0) > characters, characters);
}

async function ready(page: Page): Promise<void> {
  await page.waitForSelector("[aria-busy=false]");
}

async function stop(page: Page): Promise<void> {
  await page.click(STOP);
  await ready(page);
}

function shown(page: Page, role: "user" | "assistant"): Promise<string[]> {
  return page.evaluate((role) => [...document.querySelectorAll(`.${role}`)].map(({ textContent }) => textContent ?? ""), role);
}

/** Waits until the answers have so many words. */
async function answered(page: Page, ...words: readonly number[]): Promise<void> {
  await eventually(async () => {
    const answers = await shown(page, "assistant");
    expect(answers.map((text) => text.match(/\S+/g)?.length)).toEqual(words);
  });
  await ready(page);
}

function nameOfTab(page: Page): Promise<string | null> {
  return page.evaluate(() => sessionStorage.getItem("playground-chat-name"));
}

for (const kind of browsers) {
  describe.concurrent(`the page with useChat in ${kind.name}`, { timeout: 120_000, ...needs(kind.tool) }, () => {
    let site: Site;
    beforeAll(async () => {
      site = await openSite(kind);
    });
    afterAll(() => site?.close());

    /** The states of a tab's runs, newest first, as its agent has them. */
    async function states(page: Page): Promise<readonly string[]> {
      const response = await fetch(new URL(`/agents/transport-agent/${await nameOfTab(page)}/runs`, site.host.url));
      const { runs } = (await response.json()) as { readonly runs: readonly { readonly state: string }[] };
      return runs.map(({ state }) => state);
    }

    it.each(transports)("comes back over %s after a reload", async (transport) => {
      const { page, close, faults } = await site.open(`/page/chat?transport=${transport}`);
      await ask(page, LONG);
      await grown(page, 100);
      const name = await nameOfTab(page);
      expect(name).toMatch(/^page-/);
      await page.reload();
      await grown(page, 200);
      expect(await nameOfTab(page)).toBe(name);
      await stop(page);
      expect(faults).toEqual([]);
      await close();
    });

    it.each(transports)(
      "asks one question at a time over %s: the next one stays in the field, and Stop ends the only answer",
      async (transport) => {
        const { page, close, faults } = await site.open(`/page/chat?transport=${transport}`);
        await ask(page, LONG);
        await grown(page, 100);
        await ask(page, SHORT);
        await grown(page, 300);
        expect(await shown(page, "user")).toEqual([LONG]);
        expect(await page.inputValue("input")).toBe(SHORT);
        await stop(page);
        const [half] = await shown(page, "assistant");
        await eventually(async () => expect(await states(page)).toEqual(["cancelled"]));
        expect(await shown(page, "assistant")).toEqual([half]);
        await page.press("input", "Enter");
        await answered(page, half?.match(/\S+/g)?.length ?? NaN, 30);
        expect(await shown(page, "user")).toEqual([LONG, SHORT]);
        expect(await states(page)).toEqual(["finished", "cancelled"]);
        expect(faults).toEqual([]);
        await close();
      },
    );

    it("asks nothing while a reload comes back to an answer, and stops it before its first word", async () => {
      const { page, close } = await site.open("/page/chat");
      await ask(page, LONG);
      await grown(page, 100);
      // It is asked for, and not answered.
      await page.addInitScript(() => {
        const { fetch } = globalThis;
        globalThis.fetch = (resource, options) =>
          JSON.stringify([resource]).includes("/events") ? new Promise(() => undefined) : fetch(resource, options);
      });
      await page.reload();
      await page.waitForSelector(`${STOP}[aria-disabled=false]`);
      expect(await shown(page, "assistant")).toEqual([]);
      await ask(page, SHORT);
      expect(await page.inputValue("input")).toBe(SHORT);
      await stop(page);
      await eventually(async () => expect(await states(page)).toEqual(["cancelled"]));
      await page.press("input", "Enter");
      await answered(page, 30);
      expect(await shown(page, "user")).toEqual([LONG, SHORT]);
      await close();
    });

    it("keeps the chats of two tabs apart, and leaves nothing of them behind", async () => {
      const first = await site.open("/page/chat");
      const second: OpenPage = await first.beside();
      await second.page.goto(new URL("/page/chat", site.host.url).href);
      await ask(first.page, LONG);
      await grown(first.page, 100);
      await ask(second.page, SHORT);
      await answered(second.page, 30);
      const answer = await shown(second.page, "assistant");
      await stop(first.page);
      const half = await shown(first.page, "assistant");
      await second.page.reload();
      await answered(second.page, 30);
      expect({ asked: await shown(second.page, "user"), said: await shown(second.page, "assistant") }).toEqual({
        asked: [SHORT],
        said: answer,
      });
      await first.page.reload();
      await first.page.waitForSelector(".assistant");
      expect({ asked: await shown(first.page, "user"), said: await shown(first.page, "assistant") }).toEqual({ asked: [LONG], said: half });
      expect(await first.page.evaluate(() => Object.keys(localStorage))).toEqual([]);
      await first.close();
    });

    it("answers in a browser that lets a page keep nothing", async () => {
      const { page, close } = await site.open();
      await page.addInitScript(() => {
        for (const storage of ["sessionStorage", "localStorage"])
          Object.defineProperty(globalThis, storage, {
            get: () => {
              throw new DOMException("Access is denied for this document.", "SecurityError");
            },
          });
      });
      await page.goto(new URL("/page/chat", site.host.url).href);
      await ask(page, SHORT);
      await answered(page, 30);
      expect(await shown(page, "user")).toEqual([SHORT]);
      await close();
    });
  });
}

for (const kind of browsers) {
  describe(`the page with useChat in ${kind.name}, of an Agent that asks for tokens`, { timeout: 120_000, ...needs(kind.tool) }, () => {
    it.each(transports)("says so, and answers over %s with the token that the tab keeps", async (transport) => {
      const site = await openSite(kind, { AGENT_TOKENS: `me=${TOKEN}`, TICKET_SECRET: "a secret of more than thirty-two characters" });
      try {
        const { page, faults } = await site.open(`/page/chat?transport=${transport}`);
        await page.waitForSelector("main .about");
        expect(await page.textContent("main")).toMatch(/^This Agent asks for a token\./);
        await page.click("main .about a");
        await page.waitForSelector("#start:enabled");
        await page.fill("#token", TOKEN);
        await page.press("#token", "Tab");
        await page.goto(new URL(`/page/chat?transport=${transport}`, site.host.url).href);
        await ask(page, SHORT);
        await answered(page, 30);
        expect(faults).toEqual([]);
      } finally {
        await site.close();
      }
    });
  });
}
