import { openFirefox, type FirefoxTab } from "@agent-transports/lab/browser";
import { needs } from "@agent-transports/lab/needs";
import { firefox } from "@agent-transports/lab/tools";
import { startWorker, type WorkerHost } from "@agent-transports/lab/worker-host";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { built, eventually } from "./site.ts";

describe("the page in Firefox", { timeout: 90_000, ...needs(firefox) }, () => {
  let host: WorkerHost;
  let tab: FirefoxTab;
  beforeAll(async () => {
    [host, tab] = await Promise.all([startWorker({ assets: built }), openFirefox()]);
  });
  afterAll(async () => {
    await tab?.close();
    await host?.dispose();
  });

  const click = (selector: string): Promise<unknown> => tab.evaluate(`document.querySelector(${JSON.stringify(selector)}).click() ?? null`);
  const texts = (selector: string): Promise<unknown> =>
    tab.evaluate(`[...document.querySelectorAll(${JSON.stringify(selector)})].map(({ textContent }) => textContent)`);
  /** Of both lanes, the shorter one's. */
  const characters = (): Promise<unknown> =>
    tab.evaluate(`Math.min(...[...document.querySelectorAll(".lane .text")].map(({ textContent }) => textContent.length))`);
  const started = (): Promise<unknown> =>
    eventually(async () => expect(await tab.evaluate(`document.querySelector("#start").disabled`)).toBe(false));

  it("shows the log's text in both lanes after a cut and a reload, with nothing lost, repeated or reordered", async () => {
    await tab.open(new URL("/?words=20000&pace=60", host.url).href);
    await started();
    await click("#start");
    await eventually(async () => expect(await characters()).toBeGreaterThan(200));
    await click("[data-fault=cut]");
    // A busy machine may be taken for dead once more.
    const once = expect.stringMatching(/^Reconnects[1-9]/);
    await eventually(async () => expect(await texts(".lane .figures > div:nth-child(3)")).toEqual([once, once]));
    await eventually(async () => expect(await characters()).toBeGreaterThan(600));
    await eventually(async () => expect(await tab.evaluate("location.search")).toMatch(/sse=.*ws=/));
    await tab.open(String(await tab.evaluate("location.href")));
    await eventually(async () => expect(await characters()).toBeGreaterThan(900));
    await click("#stop");
    await eventually(async () => expect(await tab.evaluate(`document.querySelectorAll('.verdict[data-equal="true"]').length`)).toBe(2));
    expect(await texts(".lane .counters > div")).toEqual(["Lost0", "Repeated0", "Reordered0", "Lost0", "Repeated0", "Reordered0"]);
    const [sse, ws] = (await texts(".lane .text")) as string[];
    expect(sse).toBe(ws);
    expect(tab.faults).toEqual([]);
  });

  it("counts dropped frames, and says that it is not told of long tasks", async () => {
    await tab.open(new URL("/?words=300&pace=200", host.url).href);
    await started();
    await click("#start");
    await expect
      .poll(() => tab.evaluate(`document.querySelector("#smoothness").textContent`))
      .toMatch(/^This page while text streamed: this browser does not tell of tasks over 50 ms; \d+\.\d % of frames dropped\.$/);
    expect(tab.faults).toEqual([]);
  });
});
