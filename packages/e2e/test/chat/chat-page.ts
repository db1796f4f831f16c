import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { startPageServer, type PageServer } from "../page-server.ts";

/** What of the READMEs' examples is another in each test: an expression in the page takes its place. */
const replaced = {
  '"https://my-agent.example.workers.dev"': 'new URLSearchParams(location.search).get("url") ?? ""',
  '"demo"': 'new URLSearchParams(location.search).get("name") ?? ""',
};

export function startChatPage(): Promise<PageServer> {
  return startPageServer(join(import.meta.dirname, "page.tsx"), [
    {
      name: "readme",
      setup: (plugin) =>
        plugin.onLoad({ filter: /\/chat\/(sse|ws)\.tsx$/ }, async ({ path }) => {
          let contents = await readFile(path, "utf8");
          for (const [text, expression] of Object.entries(replaced)) {
            if (!contents.includes(text)) throw new Error(`${path} has no ${text}.`);
            contents = contents.replace(text, expression);
          }
          return { contents, loader: "tsx" };
        }),
    },
  ]);
}

export interface ChatPageOptions {
  readonly origin: string;
  readonly transport: "sse" | "ws";
  /** The agent's, through whatever stands in front of it. */
  readonly url: URL;
  readonly name: string;
  readonly page?: "tools" | "held" | "many";
  readonly context?: "agent";
}

/** The chat as a person sees it. */
export class ChatPage {
  readonly page: Page;
  readonly url: URL;
  /** What went wrong in the page, in its own words. */
  readonly problems: string[] = [];

  private constructor(page: Page, url: URL) {
    this.page = page;
    this.url = url;
    page.on("pageerror", (error) => this.problems.push(error.message));
  }

  static async open(browser: Browser, { origin, ...options }: ChatPageOptions): Promise<ChatPage> {
    const url = new URL(origin);
    for (const [name, value] of Object.entries(options)) url.searchParams.set(name, String(value));
    const chat = new ChatPage(await browser.newPage(), url);
    chat.page.setDefaultTimeout(60_000);
    await chat.page.goto(url.href);
    return chat;
  }

  async send(text: string): Promise<void> {
    await this.page.locator("input").first().fill(text);
    await this.press("Send");
  }

  /** What is pressed waits until it may be. */
  maySend(): Promise<boolean> {
    return this.page.getByRole("button", { name: "Send" }).isEnabled();
  }

  async press(name: "Send" | "Stop" | "Retry" | "Leave" | "Return"): Promise<void> {
    await this.page.getByRole("button", { name }).first().click();
  }

  /** What everyone has said, each message once. */
  texts(role: "user" | "assistant"): Promise<string[]> {
    return this.page.locator(`p.${role}`).allTextContents();
  }

  async answered(text: string): Promise<void> {
    await this.page.locator("p.assistant", { hasText: text }).first().waitFor();
  }

  async ready(): Promise<void> {
    await this.page.locator('main[aria-busy="false"]').waitFor();
  }

  async error(): Promise<string> {
    return (await this.page.getByRole("alert").textContent()) ?? "";
  }

  /** Resolves once the page says that it reconnects, and then once it says so no more. */
  async reconnecting(shown: boolean): Promise<void> {
    await this.page.getByRole("status").waitFor({ state: shown ? "visible" : "detached" });
  }

  /** Runs that a reload would come back to. */
  remembered(): Promise<number> {
    return this.page.evaluate(() => Object.keys(sessionStorage).filter((key) => key.startsWith("agent-transports:")).length);
  }
}
