import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Results } from "@agent-transports/bench/results";
import { startWorker, type WorkerHost } from "@agent-transports/lab/worker-host";
import { expect, vi } from "vitest";
import type { Browser, BrowserKind, OpenPage, Page, Shape } from "./browser/index.ts";

export const built = join(import.meta.dirname, "../../agent-worker/public");

/** The Worker as it is deployed, with the page that was built, and a browser. */
export interface Site {
  readonly host: WorkerHost;
  readonly browser: Browser;
  /** The page, in a context of its own, once it is loaded. */
  open(search?: string, shape?: Shape): Promise<OpenPage>;
  close(): Promise<void>;
}

export async function openSite(kind: BrowserKind, vars: Readonly<Record<string, string>> = {}): Promise<Site> {
  const [host, browser] = await Promise.all([startWorker({ assets: built, vars }), kind.launch()]);
  return {
    host,
    browser,
    async open(search = "", shape = {}) {
      const opened = await browser.open(shape);
      await opened.page.goto(new URL(search, host.url).href);
      return opened;
    },
    async close() {
      await browser.close();
      await host.dispose();
    },
  };
}

/** Where a page is. */
export async function urlOf(page: Page): Promise<URL> {
  return new URL(await page.evaluate(() => location.href));
}

/** Chooses whose line is broken. A person clicks beside the button itself, which is not seen. */
export function chooseLine(page: Page, line: "sse" | "ws"): Promise<void> {
  return page.click(`label:has(input[name=line][value=${line}])`);
}

/** By the page's own button, until the next document is there. */
export async function reloaded(page: Page): Promise<void> {
  await page.evaluate(() => void Object.assign(globalThis, { before: true }));
  await page.click("[data-fault=reload]");
  await page.waitForFunction(() => !("before" in globalThis) && document.querySelector("#start:enabled") !== null);
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

/** A figure of a lane that is a time, in s. */
export async function seconds(page: Page, transport: "sse" | "ws", label: string): Promise<number> {
  const [, value, unit] = /^([\d.]+)\s(m?s)$/.exec((await figure(page, transport, label)) ?? "") ?? [];
  return Number(value) / (unit === "ms" ? 1_000 : 1);
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
export async function exported({ download }: OpenPage): Promise<Results> {
  const results: Results = JSON.parse(await readFile(await download("#export button"), "utf8"));
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
