import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { WorkerHost } from "@agent-transports/worker-host";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { post, start, TestSocket } from "./harness.ts";

const html = { Accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8" };

let folder: string;
let open: WorkerHost;
let guarded: WorkerHost;
let unbuilt: WorkerHost;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "playground-"));
  await mkdir(join(folder, "built", "page", "assets"), { recursive: true });
  await mkdir(join(folder, "unbuilt"));
  await writeFile(join(folder, "built", "index.html"), "<!doctype html><title>The page</title>");
  await writeFile(join(folder, "built", "page", "chat.html"), "<!doctype html><title>The chat</title>");
  await writeFile(join(folder, "built", "page", "assets", "index-1a2b.js"), "export {};");
  await writeFile(join(folder, "built", "_headers"), "/page/assets/*\n  X-Content-Type-Options: nosniff\n");
  await writeFile(join(folder, "unbuilt", ".assetsignore"), "");
  open = await start({ assets: join(folder, "built") });
  guarded = await start({
    assets: join(folder, "built"),
    vars: { AGENT_TOKENS: "me=a-token-that-nobody-can-guess", OPENAI_MODEL: "secret-model" },
  });
  unbuilt = await start({ assets: join(folder, "unbuilt") });
}, 60_000);
afterAll(async () => {
  for (const host of [open, guarded, unbuilt]) await host?.dispose();
  await rm(folder, { recursive: true, force: true });
});

const at = (path: string, host = open): URL => new URL(path, host.url);

describe("a Worker with the built page", () => {
  it("serves it at / to browsers, with a policy that allows no script and no style but its own files", async () => {
    for (const method of ["GET", "HEAD"]) {
      const response = await fetch(open.url, { method, headers: html });
      expect(await response.text()).toBe(method === "GET" ? "<!doctype html><title>The page</title>" : "");
      expect(Object.fromEntries(response.headers)).toMatchObject({
        "content-type": expect.stringMatching(/^text\/html/),
        "cache-control": "no-cache",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        vary: "Accept",
      });
      const policy = response.headers.get("Content-Security-Policy") ?? "";
      expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self';");
      expect(policy).not.toMatch(/unsafe|nonce/);
    }
  });

  it("answers 304 to whoever has it", async () => {
    const etag = (await fetch(open.url, { headers: html })).headers.get("ETag") ?? "";
    expect((await fetch(open.url, { headers: { ...html, "If-None-Match": etag } })).status).toBe(304);
  });

  it("serves its other documents under /page, alike", async () => {
    const response = await fetch(at("/page/chat"));
    expect(await response.text()).toBe("<!doctype html><title>The chat</title>");
    expect(response.headers.get("Cache-Control")).toBe("no-cache");
    expect(response.headers.get("Content-Security-Policy")).toContain("default-src 'none'");
  });

  it("is not asked for files whose names have their hash, which are served with the headers that stand beside them", async () => {
    const response = await fetch(at("/page/assets/index-1a2b.js"));
    expect(await response.text()).toBe("export {};");
    expect(response.headers.get("X-Content-Type-Options")).toBe("nosniff");
    expect(response.headers.get("Content-Type")).toMatch(/^text\/javascript/);
    const etag = response.headers.get("ETag") ?? "";
    expect((await fetch(at("/page/assets/index-1a2b.js"), { headers: { "If-None-Match": etag } })).status).toBe(304);
    // What is not there is not the agent's to refuse, which would say so in JSON.
    const none = await fetch(at("/page/assets/none.js"));
    expect({ status: none.status, text: await none.text() }).toEqual({ status: 404, text: "" });
    // It may be there in a moment, once the version is deployed whose document names it.
    expect(none.headers.get("Cache-Control") ?? "").not.toMatch(/immutable|max-age=[1-9]/);
  });

  it("tells the page which model answers", async () => {
    expect(await (await fetch(at("/page/about"))).json()).toEqual({ model: "scripted", asksForToken: false, development: false });
  });

  it("tells nothing of what is behind a token", async () => {
    expect(await (await fetch(at("/page/about", guarded))).json()).toEqual({ asksForToken: true, development: false });
    expect((await fetch(guarded.url, { headers: html })).status).toBe(200);
    expect((await fetch(guarded.url)).status).toBe(401);
  });
});

describe.each([
  ["with the built page", () => open],
  ["whose page was not built", () => unbuilt],
])("a Worker %s still answers", (_what, host) => {
  it("programs at / with the agent's JSON", async () => {
    expect(await (await fetch(host().url)).json()).toMatchObject({ agent: "default" });
    expect(await (await fetch(at("/?agent-id=demo", host()), { headers: html })).json()).toMatchObject({ agent: "demo" });
  });

  it("a prompt at / with text", async () => {
    const response = await post(host().url, { prompt: "Write 7 words." });
    expect((await response.text()).trim().split(/\s+/)).toHaveLength(7);
  });

  it("a WebSocket at /", async () => {
    const socket = await new TestSocket(at("/?agent-id=demo&v=1", host()).href).open();
    socket.send({ type: "ping" });
    expect(await socket.frame(({ type }) => type === "pong")).toEqual({ type: "pong" });
    socket.socket.close();
  });

  it("a path that is none of both with an error", async () => {
    for (const path of ["/page/none.js", "/page/", "/nothing"]) {
      const response = await fetch(at(path, host()));
      expect({ path, status: response.status }).toEqual({ path, status: 404 });
      expect(await response.json()).toMatchObject({ error: { code: "not_found" } });
    }
  });
});

it("shows the page of page.ts where the other one was not built", async () => {
  expect(await (await fetch(unbuilt.url, { headers: html })).text()).toContain("An Agent runs here");
});
