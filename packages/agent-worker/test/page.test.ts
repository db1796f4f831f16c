import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { WorkerHost } from "@agent-transports/worker-host";
import { start } from "./harness.ts";

const html = { Accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8" };
const TOKEN = "a-token-that-nobody-can-guess";

let open: WorkerHost;
let guarded: WorkerHost;
beforeAll(async () => {
  open = await start();
  guarded = await start({ vars: { AGENT_TOKENS: `me=${TOKEN}`, OPENAI_API_KEY: "sk-1", OPENAI_MODEL: "secret-model" } });
}, 60_000);
afterAll(async () => {
  await open?.dispose();
  await guarded?.dispose();
});

describe("the page at /", () => {
  it("shows what runs here and what to type, with this host's address", async () => {
    const response = await fetch(open.url, { headers: html });
    const page = await response.text();
    expect({ status: response.status, type: response.headers.get("Content-Type") }).toEqual({
      status: 200,
      type: "text/html; charset=utf-8",
    });
    expect(page).toContain("A scripted model answers");
    for (const at of ["/agents/transport-agent/demo<", "/?agent-id=demo&#39;", "/agents/transport-agent/demo/runs<"]) {
      expect(page).toContain(`${open.url.origin}${at}`);
    }
  });

  it("shows which model answers, but not its key", async () => {
    const keyed = await start({ vars: { OPENAI_API_KEY: "sk-canary", OPENAI_MODEL: "<b>gpt</b>" } });
    try {
      const page = await (await fetch(keyed.url, { headers: html })).text();
      expect(page).toContain("<strong>&lt;b&gt;gpt&lt;/b&gt;</strong> answers");
      expect(page).not.toContain("sk-canary");
    } finally {
      await keyed.dispose();
    }
  });

  it("may not load or run anything else", async () => {
    const response = await fetch(open.url, { headers: html });
    const policy = response.headers.get("Content-Security-Policy") ?? "";
    expect(policy).toMatch(
      /^default-src 'none'; style-src 'nonce-[\w-]+'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
    );
    const page = await response.text();
    expect(page).toContain(`<style nonce="${/nonce-([\w-]+)/.exec(policy)?.[1]}">`);
    expect(page).not.toMatch(/<script|src=|href="http|@import|url\(/);
    expect(response.headers.get("Vary")).toBe("Accept");
  });

  it("has the same headers and no body by HEAD", async () => {
    const response = await fetch(open.url, { method: "HEAD", headers: html });
    expect({ status: response.status, type: response.headers.get("Content-Type"), body: await response.text() }).toEqual({
      status: 200,
      type: "text/html; charset=utf-8",
      body: "",
    });
  });

  it("says nothing about an Agent that requires tokens", async () => {
    const page = await (await fetch(guarded.url, { headers: html })).text();
    expect(page).toContain("This Agent asks for a token");
    expect(page).toContain("Authorization: Bearer &lt;your token&gt;");
    expect(page).not.toMatch(/secret-model|sk-1|scripted|href="\//);
    expect(page).not.toContain(TOKEN);
  });
});

describe("a request at / that does not accept HTML", () => {
  it.each([
    undefined,
    "*/*",
    "application/json",
    "text/html;q=0, */*",
    "text/htmlx",
    "application/json, text/html;q=0.5",
    'text/plain;title="a, text/html"',
  ])("gets the agent's JSON: Accept %s", async (accept) => {
    const response = await fetch(open.url, { headers: accept === undefined ? {} : { Accept: accept } });
    expect(await response.json()).toMatchObject({ agent: "default", runs: "/agents/transport-agent/default/runs" });
  });

  it("gets the agent's JSON when it names an agent", async () => {
    for (const path of ["/?agent-id=demo", "/agents/transport-agent/demo"]) {
      expect(await (await fetch(new URL(path, open.url), { headers: html })).json()).toMatchObject({ agent: "demo" });
    }
  });

  it("needs a token when the Agent requires one", async () => {
    expect((await fetch(guarded.url)).status).toBe(401);
  });
});
