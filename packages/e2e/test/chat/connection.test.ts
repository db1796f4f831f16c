/** What a person sees of a connection: that it is lost and back, that it was never made, and what Retry does then. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { needs } from "@agent-transports/lab/needs";
import { replyMarker, startProvider, type Reply, type ScriptedProvider } from "@agent-transports/lab/provider";
import { startProxy, type FaultProxy } from "@agent-transports/lab/proxy";
import { chromium } from "@agent-transports/lab/tools";
import { portOutsideEphemeral, startWorker, type WorkerHost } from "@agent-transports/lab/worker-host";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { launchChromium, type PageServer } from "../page-server.ts";
import { long, longText, reply, runsOf } from "./answers.ts";
import { ChatPage, startChatPage, type ChatPageOptions } from "./chat-page.ts";

describe.each(["sse", "ws"] as const)(
  "the connection of useChat in Chromium, over %s",
  { timeout: 120_000, ...needs(chromium) },
  (transport) => {
    let provider: ScriptedProvider;
    let pages: PageServer;
    let browser: Browser;
    let host: WorkerHost;
    /** One of a test's own, because it comes and goes. */
    let mortal: WorkerHost | undefined;
    let proxy: FaultProxy;
    let chat: ChatPage;
    let folder: string;
    let name: string;
    let tests = 0;
    /** Until it is called the answer does not end: a fault strikes in the middle of it, however late. */
    let endAnswer: () => void = () => undefined;
    let vars: Readonly<Record<string, string>>;
    beforeAll(async () => {
      provider = await startProvider();
      pages = await startChatPage();
      browser = await launchChromium();
      vars = { OPENAI_API_KEY: "scripted", OPENAI_BASE_URL: provider.baseUrl, OPENAI_API: "chat", ALLOWED_ORIGINS: pages.origin };
      host = await startWorker({ vars });
    }, 60_000);
    afterAll(async () => {
      await browser?.close();
      await host?.dispose();
      await pages?.close();
      await provider?.close();
    });
    beforeEach(async () => {
      name = `connection-${(tests += 1)}`;
      folder = await mkdtemp(join(tmpdir(), "chat-"));
      proxy = await startProxy(host.url);
    });
    afterEach(async () => {
      endAnswer();
      await chat.page.close();
      await proxy.close();
      await mortal?.dispose();
      mortal = undefined;
      await rm(folder, { recursive: true, force: true });
      if (chat.problems.length > 0) throw new Error(`In the page: ${chat.problems.join("; ")}`);
    });

    async function open(options: Partial<ChatPageOptions> = {}): Promise<void> {
      chat = await ChatPage.open(browser, { origin: pages.origin, transport, url: proxy.url, name, ...options });
    }

    async function ask(given: Reply): Promise<void> {
      const ending = Promise.withResolvers<void>();
      endAnswer = ending.resolve;
      provider.addReply(name, { ...given, end: ending.promise });
      await chat.send(replyMarker(name));
    }

    const states = async (): Promise<string[]> => (await runsOf((mortal ?? host).url, name)).map(({ state }) => state);

    /** The page has the whole answer, and says nothing of a connection or an error. */
    async function whole(): Promise<void> {
      endAnswer();
      await chat.answered(long.tokens.at(-1)?.trim() ?? "");
      await chat.ready();
      expect(await chat.texts("assistant")).toEqual([longText]);
      await chat.reconnecting(false);
      expect(await chat.page.getByRole("button", { name: "Retry" }).count()).toBe(0);
    }

    it("is shown as lost until it is back", async () => {
      await open();
      await ask(long);
      await chat.answered("word5 ");
      // Until it was seen.
      proxy.refuse(1_000);
      expect(proxy.reset().connections).toBeGreaterThan(0);
      await chat.reconnecting(true);
      proxy.refuse(0);
      await whole();
      expect(await states()).toEqual(["finished"]);
    });

    it("comes back after the server was killed in the middle of an answer, and the answer goes on", async () => {
      const options = { vars, persistTo: folder, port: await portOutsideEphemeral() };
      const killed = await startWorker(options);
      await open({ url: killed.url });
      await ask(long);
      await chat.answered("word5 ");
      killed.kill();
      await killed.dispose();
      await chat.reconnecting(true);
      mortal = await startWorker(options);
      await whole();
      expect(await states()).toEqual(["finished"]);
    });

    it("comes back to an agent whose answers do not go on, and Retry asks for the answer again", async () => {
      const options = { vars: { ...vars, RECOVERY: "off" }, persistTo: folder, port: await portOutsideEphemeral() };
      const killed = await startWorker(options);
      await open({ url: killed.url });
      await ask(long);
      await chat.answered("word5 ");
      killed.kill();
      await killed.dispose();
      await chat.reconnecting(true);
      mortal = await startWorker(options);
      expect(await chat.error()).toContain("restarted");
      await chat.reconnecting(false);
      provider.addReply(name, long);
      await chat.press("Retry");
      await whole();
      expect(await states()).toEqual(["finished", "interrupted"]);
    });

    it("is an error when nothing listens, and Retry works once an agent does", async () => {
      const options = { vars, port: await portOutsideEphemeral() };
      const gone = await startWorker(options);
      const { url } = gone;
      await gone.dispose();
      await open({ url });
      await ask(long);
      expect(await chat.error()).toContain(`${url.host}/agents/transport-agent/${name} has ever worked`);
      await chat.ready();
      mortal = await startWorker(options);
      await chat.press("Retry");
      await whole();
      expect(await states()).toEqual(["finished"]);
    });

    it("is an error when the agent refuses the page's origin, and names the remedy", async () => {
      mortal = await startWorker({ vars: { ...vars, ALLOWED_ORIGINS: "" } });
      await open({ url: mortal.url });
      await ask(long);
      expect(await chat.error()).toContain("ALLOWED_ORIGINS");
      await chat.ready();
    });

    it("is an error when it cannot be made after a reload, and Retry resumes the answer instead of asking again", async () => {
      await open();
      await ask(long);
      await chat.answered("word5 ");
      proxy.refuse(1_000);
      // Chromium would use a connection again that is still open.
      proxy.reset();
      await chat.page.reload();
      expect(await chat.error()).toContain("has ever worked");
      proxy.refuse(0);
      await chat.press("Retry");
      await whole();
      expect(await states()).toEqual(["finished"]);
    });

    it("resumes the answer of every chat with the same id after a reload", async () => {
      await open({ page: "many" });
      await ask(long);
      await chat.answered("word5 ");
      await chat.page.reload();
      endAnswer();
      await expect.poll(() => chat.texts("assistant"), { timeout: 30_000 }).toEqual([longText, longText, longText, longText]);
      expect(await states()).toEqual(["finished"]);
    });

    it("stops an answer while it resumes, before its first word", async () => {
      await open();
      await ask(reply(400, 40));
      await chat.answered("word5 ");
      // It is asked for, and nothing of it comes.
      proxy.stall("down");
      await chat.page.reload();
      await chat.page.getByRole("button", { name: "Stop" }).waitFor();
      expect(await chat.texts("assistant")).toEqual([]);
      await chat.press("Stop");
      proxy.heal();
      await expect.poll(states, { timeout: 30_000 }).toEqual(["cancelled"]);
      expect(await chat.texts("assistant")).toEqual([]);
      await expect.poll(() => chat.remembered(), { timeout: 30_000 }).toBe(0);
    });
  },
);
