import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startWorker, type WorkerHost } from "@agent-transports/lab/worker-host";
import { createSseClient, type TransportClient } from "@agent-transports/sse-client";
import { createWsClient } from "@agent-transports/ws-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createViteServer } from "vitest/node";
import { readDocuments } from "./blocks.ts";
import { Examples, replace, type Replaced } from "./examples.ts";

const recipes = (await readDocuments()).filter(({ code }) => code.includes('from "vite"'));

let examples: Examples;
let host: WorkerHost;
beforeAll(async () => {
  examples = await Examples.create(["e2e"]);
  // As it is deployed: no other origin may.
  host = await startWorker({ vars: { SCRIPTED_TOKENS_PER_SECOND: "100" } });
}, 60_000);
afterAll(async () => {
  await host?.dispose();
  await examples?.remove();
});

/** Serves a page's origin by a recipe, until the callback is done. */
async function serve(code: string, replaced: Replaced, use: (origin: string) => Promise<void>): Promise<void> {
  const configFile = join(examples.folder, "vite.config.ts");
  await writeFile(configFile, replace(code, { 'from "vite"': 'from "vitest/config"', ...replaced }));
  const server = await createViteServer({ root: examples.folder, configFile, logLevel: "silent", server: { port: 0 } });
  try {
    await server.listen();
    await use(new URL(server.resolvedUrls?.local[0] ?? "").origin);
  } finally {
    await server.close();
  }
}

/** What browsers send from pages of an origin: Node's own `fetch` and WebSocket take the header. */
function clientsOf(origin: string): readonly TransportClient[] {
  const PageSocket = new Proxy(WebSocket, {
    construct: (target, [url]: [string]) => Reflect.construct(target, [url, { headers: { Origin: origin } }]),
  });
  const at = { url: origin, name: "demo" };
  return [createSseClient({ ...at, headers: { Origin: origin } }), createWsClient({ ...at, WebSocket: PageSocket })];
}

async function answer(client: TransportClient): Promise<string> {
  using used = client;
  try {
    const run = used.start({ prompt: "Hello" });
    for await (const _ of run);
    return run.end?.state ?? "left";
  } catch (error) {
    return String(error);
  }
}

describe("Vite's proxy", { timeout: 60_000 }, () => {
  it("has the same recipe in the troubleshooting page and in the READMEs of both clients and the Agent", () => {
    expect(new Set(recipes.map(({ id }) => id.split("#")[0]))).toEqual(
      new Set(["agent-worker", "docs/troubleshooting.md", "sse-client", "ws-client"]),
    );
  });

  it.each(recipes)("$id: a page gets answers over both transports", async ({ code }) => {
    await serve(code, { "http://localhost:8787": host.url.origin }, async (origin) => {
      expect(await Promise.all(clientsOf(origin).map(answer))).toEqual(["finished", "finished"]);
    });
  });

  it("is refused when it changes the Host but not the Origin, as the page says", async () => {
    const [recipe] = recipes;
    const replaced = { "http://localhost:8787": host.url.origin, "ws: true": "ws: true, changeOrigin: true" };
    await serve(recipe?.code ?? "", replaced, async (origin) => {
      for (const said of await Promise.all(clientsOf(origin).map(answer))) expect(said).toContain("ALLOWED_ORIGINS");
    });
  });
});
