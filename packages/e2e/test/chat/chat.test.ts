import { needs } from "@agent-transports/lab/needs";
import { replyMarker, startProvider, type Reply, type ScriptedProvider } from "@agent-transports/lab/provider";
import { startProxy, type FaultProxy } from "@agent-transports/lab/proxy";
import { chromium } from "@agent-transports/lab/tools";
import { startWorker, type WorkerHost } from "@agent-transports/lab/worker-host";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { launchChromium, type PageServer } from "../page-server.ts";
import { long, longer, longText, newestText, reply, runsOf } from "./answers.ts";
import { ChatPage, startChatPage, type ChatPageOptions } from "./chat-page.ts";

describe.each(["sse", "ws"] as const)("useChat in Chromium, over %s", { timeout: 120_000, ...needs(chromium) }, (transport) => {
  let provider: ScriptedProvider;
  let host: WorkerHost;
  let pages: PageServer;
  let browser: Browser;
  let proxy: FaultProxy;
  let chat: ChatPage;
  let name: string;
  let tests = 0;
  beforeAll(async () => {
    provider = await startProvider();
    pages = await startChatPage();
    host = await startWorker({
      vars: { OPENAI_API_KEY: "scripted", OPENAI_BASE_URL: provider.baseUrl, OPENAI_API: "chat", ALLOWED_ORIGINS: pages.origin },
    });
    browser = await launchChromium();
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await host?.dispose();
    await pages?.close();
    await provider?.close();
  });
  beforeEach(async () => {
    name = `chat-${(tests += 1)}`;
    proxy = await startProxy(host.url);
  });
  afterEach(async () => {
    await chat.page.close();
    await proxy.close();
    if (chat.problems.length > 0) throw new Error(`In the page: ${chat.problems.join("; ")}`);
  });

  async function open(options: Partial<ChatPageOptions> = {}): Promise<void> {
    chat = await ChatPage.open(browser, { origin: pages.origin, transport, url: proxy.url, name, ...options });
  }

  async function ask(given: Reply): Promise<void> {
    provider.addReply(name, given);
    await chat.send(replyMarker(name));
  }

  /** The long answer, whose last word stays back: whatever is done meanwhile is done in its middle, however late. @returns what lets it go */
  async function askHeld(): Promise<() => void> {
    const ending = Promise.withResolvers<void>();
    await ask({ ...long, end: ending.promise });
    return ending.resolve;
  }

  const runs = (): ReturnType<typeof runsOf> => runsOf(host.url, name);

  /** What is there once the long answer's last word is, and nothing more comes. */
  async function outcome(): Promise<unknown> {
    await chat.answered(long.tokens.at(-1)?.trim() ?? "");
    await chat.ready();
    return {
      questions: await chat.texts("user"),
      answers: await chat.texts("assistant"),
      logged: await newestText(host.url, name),
      states: (await runs()).map(({ state }) => state),
      remembered: await chat.remembered(),
    };
  }

  /** The one answer is whole, as the log has it, and there is nothing to come back to. */
  function whole(): unknown {
    return { questions: [replyMarker(name)], answers: [longText], logged: longText, states: ["finished"], remembered: 0 };
  }

  it("shows an answer as in the log, and again after a reload", async () => {
    await open();
    await ask(long);
    expect(await outcome()).toEqual(whole());
    await chat.page.reload();
    expect(await outcome()).toEqual(whole());
  });

  it("shows an answer completely and once when its connection was cut in the middle", async () => {
    await open();
    const letGo = await askHeld();
    for (const word of ["word5 ", "word25 "]) {
      await chat.answered(word);
      expect(proxy.reset().connections).toBeGreaterThan(0);
    }
    letGo();
    expect(await outcome()).toEqual(whole());
  });

  it("resumes an answer after one reload in its middle and after a second one", async () => {
    await open();
    const letGo = await askHeld();
    for (const word of ["word5 ", "word25 "]) {
      await chat.answered(word);
      await chat.page.reload();
    }
    letGo();
    expect(await outcome()).toEqual(whole());
  });

  it("resumes an answer that ended during a reload", async () => {
    await open();
    await ask(long);
    await chat.answered("word5 ");
    await chat.page.goto("about:blank");
    await expect.poll(runs, { timeout: 30_000 }).toMatchObject([{ state: "finished" }]);
    await chat.page.goto(chat.url.href);
    expect(await outcome()).toEqual(whole());
  });

  it("resumes an answer over the other transport", async () => {
    await open();
    const letGo = await askHeld();
    await chat.answered("word5 ");
    chat.url.searchParams.set("transport", transport === "sse" ? "ws" : "sse");
    await chat.page.goto(chat.url.href);
    letGo();
    expect(await outcome()).toEqual(whole());
  });

  it("continues an answer whose chat lives outside the unmounted component", async () => {
    await open({ page: "held" });
    await ask(long);
    await chat.answered("word5 ");
    await chat.press("Leave");
    await expect.poll(runs, { timeout: 30_000 }).toMatchObject([{ state: "finished" }]);
    await chat.press("Return");
    expect(await outcome()).toEqual(whole());
  });

  it("asks nothing while an answer comes, cancels the run at the agent when it is stopped, and keeps the text so far", async () => {
    await open();
    await ask(longer);
    await chat.answered("word5 ");
    expect(await chat.maySend()).toBe(false);
    await chat.press("Stop");
    await chat.ready();
    expect(await chat.maySend()).toBe(true);
    await expect.poll(runs).toMatchObject([{ state: "cancelled" }]);
    expect((await provider.whenFinished(name)).outcome).toBe("disconnected");
    await expect.poll(() => chat.remembered()).toBe(0);
    const said = await chat.texts("assistant");
    expect(longer.tokens.join("").startsWith(said.join(""))).toBe(true);
    await chat.page.reload();
    await chat.ready();
    expect(await chat.texts("assistant")).toEqual(said);
  });

  it("cancels a resumed run when it is stopped", async () => {
    await open();
    await ask(longer);
    await chat.answered("word5 ");
    await chat.page.reload();
    await chat.answered("word10 ");
    await chat.press("Stop");
    await expect.poll(runs).toMatchObject([{ state: "cancelled" }]);
  });

  it("shows why a run failed, and continues with the next one", async () => {
    await open();
    await ask({ ...reply(0, 0), failure: { status: 400, message: "No." } });
    expect(await chat.error()).toBe("The model provider answered 400.");
    expect(await runs()).toMatchObject([{ state: "failed" }]);
    expect(await chat.remembered()).toBe(0);
    await ask(reply(3, 0));
    await chat.answered("word2");
  });

  it.each(["client", "agent"] as const)(
    "continues with a tool's output after a reload in the middle, when the %s keeps the context",
    async (context) => {
      await open({ page: "tools", ...(context === "agent" && { context }) });
      const ending = Promise.withResolvers<void>();
      provider.addReply(`${name}-second`, { ...long, end: ending.promise });
      // The tool gives back its input, whose marker asks for the second reply.
      await ask({ ...reply(2, 0), toolCall: { name: "note", arguments: { text: replyMarker(`${name}-second`) } } });
      await chat.answered("word5 ");
      await chat.page.reload();
      ending.resolve();
      await chat.answered("word59 ");
      await chat.ready();
      expect(await chat.texts("assistant")).toEqual([`word0 word1 [tool-note]${longText}`]);
      expect(await chat.page.evaluate(() => sessionStorage.getItem("calls"))).toBe("1");
      expect(await runs()).toMatchObject([{ state: "finished" }, { state: "finished" }]);
      expect(await chat.remembered()).toBe(0);
    },
  );
});
