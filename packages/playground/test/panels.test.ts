import { execFile } from "node:child_process";
import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import type { Results } from "@agent-transports/bench/results";
import { needs } from "@agent-transports/lab/needs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { browsers, type Page } from "./browser/index.ts";
import { startWorker } from "@agent-transports/lab/worker-host";
import data from "../src/replay/data.json" with { type: "json" };
import { urlOf, compared, eventually, midway, openSite, type Site, stopped, streaming, whole } from "./site.ts";

/** What the sliders choose, and the words of their outputs as numbers. */
const factors = ["roundTripMs", "lossPercent", "answers"] as const;
async function factorsShown(page: Page): Promise<Record<(typeof factors)[number], number>> {
  const shown = factors.map(async (factor) => (await page.textContent(`output[data-factor=${factor}]`)) ?? "");
  const [roundTripMs = NaN, lossPercent = NaN, answers = NaN] = (await Promise.all(shown)).map((text) =>
    text === "one" ? 1 : Number.parseFloat(text),
  );
  return { roundTripMs, lossPercent, answers };
}

const TOKEN = "a-token-that-nobody-can-guess";
for (const kind of browsers) {
  describe.concurrent(`the page in ${kind.name}`, { timeout: 120_000, ...needs(kind.tool) }, () => {
    let site: Site;
    beforeAll(async () => {
      site = await openSite(kind);
    });
    afterAll(() => site?.close());

    it("draws an image of bytes in both lanes, alike", async () => {
      const { page, close, faults } = await midway(site);
      await page.selectOption("#over", "ws");
      await page.click("#draw");
      await page.waitForFunction(() => document.querySelector("#sent")?.textContent?.startsWith("Image sent"));
      const images = (): Promise<string[]> =>
        page.evaluate(() => [...document.querySelectorAll<HTMLCanvasElement>(".images canvas")].map((canvas) => canvas.toDataURL()));
      await eventually(async () => expect(new Set(await images()).size).toBe(1));
      const corner = await page.evaluate(() => [
        ...(document.querySelector<HTMLCanvasElement>("#image-sse")?.getContext("2d")?.getImageData(0, 95, 1, 1).data ?? []),
      ]);
      expect(corner.at(3)).toBe(255);
      expect(await stopped(page)).toMatchObject({ sse: whole, ws: whole });
      expect(faults).toEqual([]);
      await close();
    });

    it("reads ten answers at once over each transport, and SSE's last ones wait for an end where the browser speaks HTTP/1.1", async () => {
      const { page, close } = await site.open();
      /** At each change that is drawn: how many answers had begun, and how many were there to their last word. */
      await page.evaluate(() => {
        const drawn: Record<string, { begun: number; ended: number }[]> = { sse: [], ws: [] };
        Object.assign(globalThis, { drawn });
        const look = (): void => {
          for (const [transport, changes] of Object.entries(drawn)) {
            const rows = [...document.querySelectorAll(`#many [data-transport="${transport}"] li`)];
            const ended = rows.filter((row) => row.querySelector("progress")?.position === 1).length;
            changes.push({ begun: rows.filter(({ textContent }) => textContent?.includes("first token after")).length, ended });
          }
        };
        new MutationObserver(look).observe(document.querySelector("#many-rows") ?? document, {
          attributes: true,
          childList: true,
          characterData: true,
          subtree: true,
        });
      });
      await page.click("#many button");
      await page.waitForSelector("#many button:enabled");
      await eventually(async () => expect(await page.evaluate("drawn.sse.at(-1)")).toEqual({ begun: 10, ended: 10 }));
      await eventually(async () => expect(await page.evaluate("drawn.ws.at(-1)")).toEqual({ begun: 10, ended: 10 }));
      const atOnce = (transport: string): Promise<number> =>
        page.evaluate(`Math.max(...drawn.${transport}.map(({ begun, ended }) => begun - ended))`);
      // On a busy machine an answer may be over before another begins. That more are read than most browsers have connections tells the two apart.
      expect(await atOnce("sse")).toBeLessThanOrEqual(kind.connections);
      expect(await atOnce("ws")).toBeGreaterThan(6);
      expect(await page.textContent("#protocol")).toBe("HTTP/1.1");
      await close();
    });

    it("reads a run each where it is asked to", async () => {
      const { page, close } = await site.open("?words=60&pace=200&runs=each");
      await page.click("#start");
      const [sse, ws] = [await compared(page, "sse"), await compared(page, "ws")];
      expect({ sse, ws }).toMatchObject({ sse: whole, ws: whole });
      expect(sse.text).toBe(ws.text);
      const url = await urlOf(page);
      expect(url.searchParams.get("sse")).not.toBe(url.searchParams.get("ws"));
      await close();
    });

    it("gives out what it measured as a results file that bench report reads", async () => {
      const folder = await mkdtemp(join(tmpdir(), "playground-"));
      const { page, download, close } = await site.open("?words=60&pace=200");
      for (let run = 1; run <= 6; run++) {
        await page.click("#start");
        await page.waitForFunction((run) => document.querySelector("#exported")?.textContent?.startsWith(`${run} run`), run);
      }
      // Long enough to be broken in the middle. With its other length it is a condition of its own.
      await page.fill("#words", "600");
      await page.click("#start");
      await streaming(page, ["sse", "ws"], 20);
      await page.click("[data-fault=cut]");
      await page.waitForFunction(() => document.querySelector("#exported")?.textContent === "7 runs, 3 whole pair groups.");
      const file = join(folder, "results.json");
      await copyFile(await download("#export button"), file);
      const bench = join(import.meta.dirname, "../node_modules/.bin/transport-bench");
      const { stdout } = await promisify(execFile)(bench, ["report", file, "--out", folder]);
      expect(stdout).toMatch(/first token/i);
      const results: Results = JSON.parse(await readFile(file, "utf8"));
      const conditions = [
        { id: "whole-1", factors: { words: 60, tokensPerSecond: 200, model: "scripted", target: site.host.url.href } },
        { id: "broken-1", notRun: expect.any(String) },
        { id: "whole-2", notRun: expect.any(String) },
        { id: "broken-2", factors: { words: 600 } },
      ];
      expect(results).toMatchObject({ scenarios: [{ name: "page", notRun: null, conditions }] });
      const blocks = results.scenarios[0]?.blocks ?? [];
      expect(blocks.filter(({ condition }) => condition === "whole-1")).toHaveLength(12);
      const broken = blocks.filter(({ condition }) => condition === "broken-2");
      expect(broken.map(({ arm }) => arm)).toEqual(["sse", "ws"]);
      for (const { timeline } of broken) expect(timeline).toContainEqual(expect.objectContaining({ kind: "fault", label: "cut" }));
      await rm(folder, { recursive: true });
      await close();
    });

    it("replays a measured answer over both transports, to its last token", async () => {
      const { page, close, faults, origins } = await site.open();
      await page.waitForSelector("#replay-play:enabled");
      expect(await page.textContent("#replay-said")).toMatch(
        /99 % of tokens were late by less than \S+ m?s over SSE, and \S+ m?s over WebSocket.*Measured on \d{4}-\d\d-\d\d/,
      );
      const shown = await factorsShown(page);
      const cell = data.cells.find((cell) => factors.every((factor) => shown[factor] === cell[factor]));
      await page.click("#replay-play");
      for (const place of ["#replay-sse", "#replay-ws"]) {
        await page.waitForFunction(
          ([place, tokens]) => (document.querySelector(place)?.textContent?.match(/\S+/g)?.length ?? 0) === tokens,
          [place, cell?.lagsMs.sse.length ?? NaN] as const,
        );
      }
      expect(faults).toEqual([]);
      expect([...origins]).toEqual([site.host.url.origin]);
      await close();
    });

    it("has sliders that go from the least to the most that was measured, by keyboard", async () => {
      const { page, close } = await site.open();
      await page.waitForSelector("#replay-play:enabled");
      for (const factor of factors) {
        const values = data.cells.map((cell) => cell[factor]);
        for (const [key, value] of [
          ["Home", Math.min(...values)],
          ["End", Math.max(...values)],
        ] as const) {
          await page.press(`input[data-factor=${factor}]`, key);
          expect((await factorsShown(page))[factor]).toBe(value);
        }
      }
      await close();
    });

    it("opens the results of another run, and says what was not measured, and what a file is that is none", async () => {
      const { page, close } = await site.open();
      await page.waitForSelector("#replay-play:enabled");
      const of = (roundTripMs: number, lossPercent: number): object => ({
        id: `${roundTripMs}`,
        factors: { roundTripMs, lossPercent, answers: 1 },
      });
      const block = (condition: string, arm: string, position: number): object => ({
        condition,
        arm,
        pair: 0,
        position,
        samples: { lag: [0, 480, 460] },
        contamination: { marks: [] },
      });
      const blocks = ["20", "90"].flatMap((condition) => [block(condition, "sse", 0), block(condition, "ws", 1)]);
      const results = {
        schema: "agent-transports/results",
        version: 1,
        startedAt: "2026-11-30T08:00:00.000Z",
        scenarios: [{ name: "map", conditions: [of(20, 0), of(90, 5)], blocks }],
      };
      const folder = await mkdtemp(join(tmpdir(), "playground-"));
      const [file, other] = [join(folder, "results.json.gz"), join(folder, "other.json")];
      await writeFile(file, gzipSync(JSON.stringify(results)));
      await writeFile(other, "{}");
      await page.setInputFiles("#replay-file", file);
      const said = /Waits of more than 100 ms: 1 and 1\. Measured on 2026-11-30, with the same luck on the link\.$/;
      await eventually(async () => expect(await page.textContent("#replay-said")).toMatch(said));
      expect(await factorsShown(page)).toEqual({ roundTripMs: 90, lossPercent: 5, answers: 1 });
      await page.press("input[data-factor=lossPercent]", "Home");
      expect(await page.textContent("#replay-said")).toBe("These three together were not measured. Move another slider.");
      expect(await page.isEnabled("#replay-play")).toBe(false);
      await page.press("input[data-factor=roundTripMs]", "Home");
      expect(await page.textContent("#replay-said")).toMatch(/Measured on 2026-11-30\.$/);
      await page.setInputFiles("#replay-file", other);
      await eventually(async () => expect(await page.textContent("#replay-said")).toMatch(/^This is no results\.json/));
      await rm(folder, { recursive: true });
      await close();
    });
  });
}

for (const kind of browsers) {
  describe(`the page in ${kind.name} of an Agent that asks for tokens`, { timeout: 120_000, ...needs(kind.tool) }, () => {
    it("says so, and follows a run over both transports with one, which is not in the URL", async () => {
      const site = await openSite(kind, { AGENT_TOKENS: `me=${TOKEN}`, TICKET_SECRET: "a secret of more than thirty-two characters" });
      try {
        const { page } = await site.open();
        await page.waitForFunction(() => document.querySelector("#about")?.textContent?.startsWith("This Agent asks for a token."));
        await page.fill("#token", TOKEN);
        // The page is not told that the model is the scripted one, and adds no length by itself.
        await page.fill("#prompt", "Write 20000 words at 60 tokens/s.");
        await page.click("#start");
        await streaming(page);
        await page.click("[data-fault=cut]");
        await eventually(async () => expect((await page.textContent('[data-transport="ws"] .figures')) ?? "").toMatch(/Reconnects[1-9]/));
        expect(await stopped(page)).toMatchObject({ sse: whole, ws: whole });
        expect((await urlOf(page)).href).not.toContain(TOKEN);
      } finally {
        await site.close();
      }
    });
  });
}

for (const kind of browsers) {
  it(`follows the Agent of another Worker, whose URL it is given (${kind.name})`, { timeout: 120_000, ...needs(kind.tool) }, async () => {
    const site = await openSite(kind);
    const other = await startWorker({ vars: { ALLOWED_ORIGINS: site.host.url.origin } });
    try {
      const { page, origins, faults } = await site.open(`?words=60&name=elsewhere&url=${encodeURIComponent(other.url.href)}`);
      await page.click("#start");
      for (const transport of ["sse", "ws"] as const) expect(await compared(page, transport)).toMatchObject(whole);
      expect([...origins]).toContain(other.url.origin);
      const { runs } = (await (await fetch(new URL("/agents/transport-agent/elsewhere/runs", other.url))).json()) as { runs: unknown[] };
      expect(runs).toHaveLength(1);
      expect(faults).toEqual([]);
    } finally {
      await site.close();
      await other.dispose();
    }
  });
}

for (const kind of browsers) {
  it(`warns the owner of an Agent that everyone may use (${kind.name})`, { timeout: 120_000, ...needs(kind.tool) }, async () => {
    const site = await openSite(kind);
    try {
      const { page } = await site.open();
      await page.waitForSelector("#about[data-warning=true]");
      expect(await page.textContent("#about")).toContain("If it is yours, set AGENT_TOKENS.");
      expect(await page.isVisible("[data-fault=kill]")).toBe(false);
    } finally {
      await site.close();
    }
  });
}
