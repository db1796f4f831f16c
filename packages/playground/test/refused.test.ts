import { needs } from "@agent-transports/lab/needs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { browsers, type OpenPage, type Page } from "./browser/index.ts";
import {
  urlOf,
  chooseLine,
  compared,
  eventually,
  figure,
  lane,
  midway,
  openSite,
  reloaded,
  type Site,
  stopped,
  streaming,
  whole,
} from "./site.ts";
import { openStranger } from "./stranger.ts";

const TOKEN = "a-token-that-nobody-can-guess";
/** A URL at which nobody listens. */
async function nowhere(): Promise<string> {
  const stranger = await openStranger();
  await stranger.close();
  return stranger.url;
}

/** A client that resumes names the last event that it has; whoever reads the log from its beginning names none. */
function refuseResumes({ refuse }: OpenPage): Promise<void> {
  return refuse(({ url, headers }) => {
    if (!url.includes("/events") || !(headers.has("last-event-id") || url.includes("?"))) return undefined;
    return { status: 410, json: { error: { code: "run_gone", message: "The log is gone." } } };
  });
}

const verdict = (page: Page, transport: "sse" | "ws", says: RegExp): Promise<void> =>
  eventually(async () => expect((await lane(page, transport)).verdict).toMatch(says));

for (const kind of browsers) {
  describe.concurrent(`the page in ${kind.name}, of an Agent that is not to be had`, { timeout: 120_000, ...needs(kind.tool) }, () => {
    let site: Site;
    beforeAll(async () => {
      site = await openSite(kind);
    });
    afterAll(() => site?.close());

    it("sends no token to the origin of a link, and asks nothing of it before a person says so", async () => {
      const stranger = await openStranger();
      try {
        const { page, close } = await site.open();
        await page.click(".elsewhere summary");
        await page.fill("#token", TOKEN);
        await page.click("#start");
        await streaming(page, ["sse"]);
        await page.goto(new URL(`/?url=${encodeURIComponent(stranger.url)}&name=n&sse=x&ws=y`, site.host.url).href);
        await page.waitForSelector("#start:enabled");
        expect(await page.textContent("#about")).toContain("Nothing is asked of it before you say so.");
        expect(await page.inputValue("#token")).toBe("");
        expect(stranger.asked).toHaveLength(0);
        await page.click("#follow");
        await eventually(() => expect(stranger.asked.length).toBeGreaterThanOrEqual(2));
        const sent = stranger.asked.map(({ url, headers }) => JSON.stringify({ url, headers }).toLowerCase());
        for (const request of sent) expect(request).not.toMatch(/authorization|a-token/);
        // Of the page's own origin it is still there.
        await page.goto(site.host.url.href);
        expect(await page.inputValue("#token")).toBe(TOKEN);
        await close();
      } finally {
        await stranger.close();
      }
    });

    it("says of a wrong URL what is wrong and what to do, and is stopped for good", async () => {
      const { page, close } = await site.open(`?url=${encodeURIComponent(await nowhere())}`);
      await page.click("#start");
      for (const transport of ["sse", "ws"] as const) {
        await verdict(page, transport, /No connection to \S+ has ever worked: .*Check the URL, and that the agent is running there\./);
        expect(await lane(page, transport)).toMatchObject({ lost: NaN, verdict: expect.not.stringContaining("1000") });
        expect(await page.isDisabled(`[data-transport="${transport}"] [data-part="over"]`)).toBe(true);
      }
      await page.click("#stop");
      for (const transport of ["sse", "ws"] as const) {
        await verdict(page, transport, /^Stopped before the Agent answered\./);
        await eventually(async () => expect((await lane(page, transport)).state).toBe("left"));
      }
      expect(await page.isDisabled("#stop")).toBe(true);
      // Nor is it asked again by a reload.
      await page.reload();
      await page.waitForSelector("#start:enabled");
      for (const transport of ["sse", "ws"] as const) expect((await lane(page, transport)).state).toBe("idle");
      await close();
    });

    it("shows no count of what was lost where the log could not be read", async () => {
      const { page, close } = await site.open("?name=nobody&sse=none&ws=none");
      for (const transport of ["sse", "ws"] as const) {
        await eventually(async () => expect((await lane(page, transport)).state).toBe("failed"));
        expect(await lane(page, transport)).toMatchObject({ lost: NaN, repeated: NaN, reordered: NaN });
      }
      expect(await page.evaluate(() => document.querySelectorAll(".counters .good").length)).toBe(0);
      await close();
    });

    it("counts as lost what a lane missed that was refused the rest", { timeout: 120_000 }, async () => {
      const opened = await site.open("?words=1500&pace=60");
      const { page, close } = opened;
      await page.click("#start");
      await streaming(page);
      await chooseLine(page, "sse");
      await page.click("[data-fault=offline]");
      expect(await compared(page, "ws", 100_000)).toMatchObject(whole);
      await refuseResumes(opened);
      await page.click("[data-fault=offline]");
      const sse = await compared(page, "sse");
      expect(sse).toMatchObject({
        state: "failed",
        repeated: 0,
        reordered: 0,
        equal: false,
        verdict: expect.stringMatching(/^The log is gone\./),
      });
      expect(sse.lost).toBeGreaterThan(0);
      expect(await page.isDisabled("#export button")).toBe(true);
      await close();
    });

    it("says of a lane that was refused the rest of a run which is still written that nothing is compared", async () => {
      const opened = await midway(site);
      const { page, close } = opened;
      await refuseResumes(opened);
      await chooseLine(page, "sse");
      await page.click("[data-fault=cut]");
      await verdict(page, "sse", /^The log is gone\. The run is still written: nothing is compared\.$/);
      await page.click("#stop");
      expect(await compared(page, "ws")).toMatchObject(whole);
      await close();
    });

    it("says that it waits for the Agent to stop a run, and stops it once it is reached", async () => {
      const { page, close } = await midway(site);
      await page.click("[data-fault=offline]");
      await page.click("#stop");
      for (const transport of ["sse", "ws"] as const) await verdict(page, transport, /^Stopping: the Agent has not answered yet\./);
      await page.click("[data-fault=offline]");
      for (const transport of ["sse", "ws"] as const) expect(await compared(page, transport)).toMatchObject(whole);
      expect(await page.textContent("#said")).toContain("cancelled");
      await close();
    });

    it("turns to another Agent when its URL is typed, and back", async () => {
      const { page, close } = await site.open();
      await page.waitForSelector("#start:enabled");
      expect(await page.isEnabled("#pace")).toBe(true);
      await page.click(".elsewhere summary");
      await page.fill("#url", await nowhere());
      await page.focus("#name");
      await page.waitForSelector("#pace:disabled");
      expect(await page.textContent("#about")).toContain("The Agent is at 127.0.0.1");
      await page.fill("#url", "");
      await page.focus("#name");
      await page.waitForSelector("#pace:enabled");
      expect(await page.textContent("#about")).toContain("A scripted model answers");
      await close();
    });

    it("asks an agent of its own, whose name the URL has", async () => {
      const names = await Promise.all(
        [1, 2].map(async () => {
          const { page, close } = await site.open("?words=60&pace=200");
          await page.click("#start");
          await compared(page, "ws");
          const name = (await urlOf(page)).searchParams.get("name");
          expect(await page.inputValue("#name")).toBe(name);
          await close();
          return name;
        }),
      );
      expect(new Set(names).size).toBe(2);
      expect(names).not.toContain(null);
    });
  });
}

for (const kind of browsers) {
  describe.concurrent(`the page in ${kind.name} of an Agent that asks for tokens`, { timeout: 120_000, ...needs(kind.tool) }, () => {
    async function ask(vars: Readonly<Record<string, string>>, token: string, then: (page: Page) => Promise<void>): Promise<void> {
      const site = await openSite(kind, { AGENT_TOKENS: `me=${TOKEN}`, ...vars });
      try {
        const { page } = await site.open();
        await page.fill("#token", token);
        await page.fill("#prompt", "Write 20000 words at 60 tokens/s.");
        await page.click("#start");
        await then(page);
      } finally {
        await site.close();
      }
    }

    it("says of a wrong token that it is wrong, over both transports", async () => {
      await ask({ TICKET_SECRET: "a secret of more than thirty-two characters" }, "wrong", async (page) => {
        for (const transport of ["sse", "ws"] as const)
          await eventually(async () => expect((await lane(page, transport)).state).toBe("failed"));
        await verdict(page, "ws", /^The agent gave no ticket for the WebSocket: 401\. It does not accept this token\./);
        await verdict(page, "sse", /^These credentials are not valid\./);
      });
    });

    it("asks with the token that is typed now, on no connection of the one before it", async () => {
      await ask({ TICKET_SECRET: "a secret of more than thirty-two characters" }, TOKEN, async (page) => {
        await streaming(page);
        await page.fill("#token", "wrong");
        await page.click("#start");
        for (const transport of ["sse", "ws"] as const)
          await eventually(async () => expect((await lane(page, transport)).state).toBe("failed"));
        await verdict(page, "ws", /^The agent gave no ticket for the WebSocket: 401\./);
      });
    });

    it("says what the Worker lacks where it gives out no tickets, and SSE works all the same", async () => {
      await ask({}, TOKEN, async (page) => {
        await streaming(page, ["sse"]);
        expect((await lane(page, "ws")).state).toBe("failed");
        await verdict(page, "ws", /It needs the variable TICKET_SECRET\./);
      });
    });
  });
}

for (const kind of browsers) {
  it(`measures no first token of a run that it came back to (${kind.name})`, { timeout: 120_000, ...needs(kind.tool) }, async () => {
    const site = await openSite(kind);
    try {
      const { page } = await midway(site);
      expect(await figure(page, "sse", "First token")).toMatch(/^\d/);
      await page.waitForURL(/sse=.*ws=/);
      await reloaded(page);
      await streaming(page);
      for (const transport of ["sse", "ws"] as const) expect(await figure(page, transport, "First token")).toBe("–");
      expect(await stopped(page)).toMatchObject({ sse: whole, ws: whole });
    } finally {
      await site.close();
    }
  });
}
