import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { build } from "esbuild";
import type { Browser, Page } from "playwright-core";
import { listen } from "../../src/listen.ts";

/** A server of {@link ChatPage}'s page, on loopback. */
export interface PageServer {
  readonly origin: string;
  close(): Promise<void>;
}

/** What of the READMEs' examples is another in each test: an expression in the page takes its place. */
const replaced = {
  '"https://my-agent.example.workers.dev"': 'new URLSearchParams(location.search).get("url") ?? ""',
  '"demo"': 'new URLSearchParams(location.search).get("name") ?? ""',
};

export async function startPageServer(): Promise<PageServer> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, "page.tsx")],
    bundle: true,
    write: false,
    format: "esm",
    jsx: "automatic",
    define: { "process.env.NODE_ENV": '"development"' },
    plugins: [
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
    ],
  });
  return servePage(outputFiles[0]?.text ?? "");
}

/** A page with one script, whose root has the id `root`. */
export async function servePage(script: string): Promise<PageServer> {
  const server = createServer(({ url }, response) => {
    if (url === "/page.js") response.writeHead(200, { "Content-Type": "text/javascript" }).end(script);
    else
      response.writeHead(200, { "Content-Type": "text/html" }).end('<div id="root"></div><script type="module" src="/page.js"></script>');
  });
  const port = await listen(server);
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export interface ChatPageOptions {
  readonly origin: string;
  readonly transport: "sse" | "ws";
  /** The agent's, through whatever stands in front of it. */
  readonly url: URL;
  readonly name: string;
  readonly page?: "tools" | "held";
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
    chat.page.setDefaultTimeout(30_000);
    await chat.page.goto(url.href);
    return chat;
  }

  async send(text: string): Promise<void> {
    await this.page.locator("input").fill(text);
    await this.press("Send");
  }

  async press(name: "Send" | "Stop" | "Leave" | "Return"): Promise<void> {
    await this.page.getByRole("button", { name }).click();
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

  /** Runs that a reload would come back to. */
  remembered(): Promise<number> {
    return this.page.evaluate(() => Object.keys(sessionStorage).filter((key) => key.startsWith("agent-transports:")).length);
  }
}
