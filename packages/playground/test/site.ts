import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Results } from "@agent-transports/bench/results";
import { launchChromium } from "@agent-transports/lab/browser";
import { startWorker, type WorkerHost } from "@agent-transports/lab/worker-host";
import type { Browser, Page } from "playwright-core";
import { expect, vi } from "vitest";

export const built = join(import.meta.dirname, "../../agent-worker/public");

/** The Worker as it is deployed, with the page that was built, and a browser. */
export interface Site {
  readonly host: WorkerHost;
  readonly browser: Browser;
  /** A page of a context of its own, so that it shares no connection with another. */
  open(search?: string, options?: Parameters<Browser["newContext"]>[0]): Promise<OpenPage>;
  close(): Promise<void>;
}

export interface OpenPage {
  readonly page: Page;
  /** What the page said on its console that no page should say, and what it threw. */
  readonly faults: readonly string[];
  /** Origins that it asked anything of, and paths. */
  readonly origins: ReadonlySet<string>;
  readonly paths: ReadonlySet<string>;
}

/** @param launched a browser other than Chromium */
export async function openSite(vars: Readonly<Record<string, string>> = {}, launched = chromiumAsItComes()): Promise<Site> {
  const [host, browser] = await Promise.all([startWorker({ assets: built, vars }), launched]);
  return {
    host,
    browser,
    async open(search = "", options = {}) {
      const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
      const page = await context.newPage();
      const opened = watch(page);
      await page.goto(new URL(search, host.url).href);
      return opened;
    },
    async close() {
      await browser.close();
      await host.dispose();
    },
  };
}

/** Playwright switches the back/forward cache off, which browsers have. */
function chromiumAsItComes(): Promise<Browser> {
  return launchChromium({ ignoreDefaultArgs: ["--disable-back-forward-cache"] });
}

/** Watches a page from before it is loaded. */
export function watch(page: Page): OpenPage {
  const faults: string[] = [];
  const origins = new Set<string>();
  const paths = new Set<string>();
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("request", (request) => {
    const { origin, pathname } = new URL(request.url());
    origins.add(origin);
    paths.add(pathname);
  });
  return { page, faults, origins, paths };
}

/** A figure of a lane, by its label, as it is shown. */
export function figure(page: Page, transport: "sse" | "ws", label: string): Promise<string | undefined> {
  return page.evaluate(
    ([transport, label]) =>
      [...document.querySelectorAll(`[data-transport="${transport}"] .figures > div`)].find((row) => row.children[0]?.textContent === label)
        ?.children[1]?.textContent ?? undefined,
    [transport, label] as const,
  );
}

/** What a lane shows. */
export interface Shown {
  readonly state: string;
  readonly text: string;
  readonly reconnects: number;
  readonly lost: number;
  readonly repeated: number;
  readonly reordered: number;
  /** Whether its text is the log's; `undefined` until that was compared. */
  readonly equal: boolean | undefined;
  readonly verdict: string;
}

export function lane(page: Page, transport: "sse" | "ws"): Promise<Shown> {
  return page.evaluate((transport) => {
    const lane = document.querySelector(`[data-transport="${transport}"]`);
    const part = (name: string): HTMLElement | null | undefined => lane?.querySelector<HTMLElement>(`[data-part="${name}"]`);
    const figures = Object.fromEntries(
      [...(lane?.querySelectorAll("dl > div") ?? [])].map((row) => [row.children[0]?.textContent, Number(row.children[1]?.textContent)]),
    );
    const equal = part("verdict")?.dataset["equal"];
    return {
      state: part("state")?.textContent ?? "",
      text: part("text")?.textContent ?? "",
      reconnects: figures["Reconnects"] ?? NaN,
      lost: figures["Lost"] ?? NaN,
      repeated: figures["Repeated"] ?? NaN,
      reordered: figures["Reordered"] ?? NaN,
      equal: equal === undefined ? undefined : equal === "true",
      verdict: part("verdict")?.textContent ?? "",
    };
  }, transport);
}

/** Longer than any test takes: whatever is broken is broken in the middle of it. */
export const LONG = "?words=20000&pace=60";

/** A page in the middle of a run that is read over both transports. */
export async function midway(site: Site): Promise<OpenPage> {
  const opened = await site.open(LONG);
  await opened.page.click("#start");
  await streaming(opened.page);
  return opened;
}

/** Both lanes have lost their connections, and wait. */
export async function waiting(page: Page): Promise<void> {
  await page.waitForFunction(() =>
    [...document.querySelectorAll("[data-part=state]")].every(({ textContent }) => textContent === "waiting"),
  );
}

/** `expect.poll` asks which test it is in, and that is not known where several run at once. */
export async function eventually(check: () => void | Promise<void>): Promise<void> {
  await vi.waitFor(check, { timeout: 20_000, interval: 50 });
}

/** Waits until a lane shows that its text was compared with the log. @param timeout in ms, of a test that may take longer than most */
export async function compared(page: Page, transport: "sse" | "ws", timeout = 50_000): Promise<Shown> {
  await page.waitForSelector(`[data-transport="${transport}"] [data-part="verdict"][data-equal]`, { timeout });
  return lane(page, transport);
}

/** The file that the page gives out. */
export async function exported(page: Page): Promise<Results> {
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#export button")]);
  const results: Results = JSON.parse(await readFile(await download.path(), "utf8"));
  return results;
}

/** What was done to a lane's line in the one run that the page has measured. */
export function faultsOf({ scenarios }: Results, arm: "sse" | "ws"): readonly (string | undefined)[] {
  const block = scenarios[0]?.blocks.find((block) => block.arm === arm);
  return (block?.timeline ?? []).filter(({ kind }) => kind === "fault").map(({ label }) => label);
}

export const whole = { lost: 0, repeated: 0, reordered: 0, equal: true, state: "ended" };

/** Waits until a lane has reconnected, once or more, and text comes again. */
export async function recovered(page: Page, transports: readonly ("sse" | "ws")[] = ["sse", "ws"]): Promise<void> {
  for (const transport of transports) {
    await eventually(async () => expect((await lane(page, transport)).reconnects).toBeGreaterThanOrEqual(1));
    await streaming(page, [transport], (await lane(page, transport)).text.length + 50);
  }
}

/** Ends the run, and waits until both lanes were compared with its log. */
export async function stopped(page: Page): Promise<{ readonly sse: Shown; readonly ws: Shown }> {
  await page.click("#stop");
  return { sse: await compared(page, "sse"), ws: await compared(page, "ws") };
}

/** Waits until so much text is there. */
export async function streaming(page: Page, transports: readonly ("sse" | "ws")[] = ["sse", "ws"], characters = 200): Promise<void> {
  for (const transport of transports) {
    await page.waitForFunction(
      ([transport, characters]) => {
        const text = document.querySelector(`[data-transport="${transport}"] [data-part="text"]`)?.textContent ?? "";
        return text.length > characters;
      },
      [transport, characters] as const,
    );
  }
}
