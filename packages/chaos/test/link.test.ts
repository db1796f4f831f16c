/** The link of a line, on a network that other lines have had. */
import { createServer } from "node:http";
import { needs } from "@agent-transports/lab/needs";
import { startProxy } from "@agent-transports/lab/proxy";
import * as tools from "@agent-transports/lab/tools";
import { listen } from "@agent-transports/lab/listen";
import { describe, expect, it, onTestFinished } from "vitest";
import type { LineLink } from "../src/link/line-link.ts";
import { Links } from "../src/link/links.ts";

interface Asking {
  /** @returns how long an answer took, in ms, over a connection of its own */
  readonly ask: (link: LineLink) => Promise<number>;
}

async function asking(): Promise<Asking> {
  const server = createServer((_, response) => void response.setHeader("Connection", "close").end("answer"));
  const target = new URL(`http://127.0.0.1:${await listen(server)}`);
  onTestFinished(() => void server.close());
  return {
    async ask(link) {
      const proxy = await startProxy(target, link.far);
      const askedAt = performance.now();
      try {
        await (await link.clients.fetch(link.urlOf(proxy.url), { signal: AbortSignal.timeout(10_000) })).text();
        return performance.now() - askedAt;
      } finally {
        await proxy.close();
      }
    },
  };
}

describe("a link", needs(tools.network), () => {
  it("is as long as was asked for, and is as new for the next line, whatever was done to it before", async () => {
    const links = Links.open();
    onTestFinished(() => links.close());
    const { ask } = await asking();
    const first = await links.take(40);
    expect(await ask(first)).toBeGreaterThanOrEqual(80);
    first.move();
    await first.forget();
    await first.blackout(200);
    const late = Promise.withResolvers<void>();
    const losing = first.lose(1, 1, late.promise);
    await first.close();
    const second = await links.take(160);
    expect([second.far === first.far, second.wasStruckWithin(60_000)]).toEqual([true, false]);
    const took = ["blackout", "address", "loss"] as const;
    const strikes = took.map((what) => second.lostBy(what));
    // What the line before had begun comes to its end, and changes nothing any longer.
    late.resolve();
    await losing;
    expect(await ask(second)).toBeGreaterThanOrEqual(320);
    await second.refresh();
    expect(strikes.map((count) => count())).toEqual([0, 0, 0]);
    await second.close();
  });

  it("has lost nothing where nothing was sent, and says by what it lost something", async () => {
    const links = Links.open();
    onTestFinished(() => links.close());
    const { ask } = await asking();
    const link = await links.take(40);
    const [dark, lossy] = [link.lostBy("blackout"), link.lostBy("loss")];
    // Longer than a machine stands still: the first packet has to find it dark.
    await link.blackout(2_500);
    await link.refresh();
    expect(dark()).toBe(0);
    // TCP sends that packet again, at the earliest a second later.
    expect(await ask(link)).toBeGreaterThanOrEqual(900);
    await link.refresh();
    expect([dark(), lossy()]).toEqual([1, 0]);
    await link.close();
  });
});
