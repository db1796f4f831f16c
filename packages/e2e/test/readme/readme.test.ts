import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { needs } from "@agent-transports/lab/needs";
import { replyMarker, startProvider, type ScriptedProvider } from "@agent-transports/lab/provider";
import { startProxy, type FaultProxy } from "@agent-transports/lab/proxy";
import { caddy, chromium, network, openssl } from "@agent-transports/lab/tools";
import { startWorker, type WorkerHost } from "@agent-transports/lab/worker-host";
import { createSseClient, TransportError, type RunEnd, type TransportClient } from "@agent-transports/sse-client";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { launchChromium, servePage, type PageServer } from "../page-server.ts";
import { authorization, live, newest, runIds, startGuarded, startOpen, TOKEN } from "./agent.ts";
import { blocksOf, isProgram, readDocuments, root, type Block } from "./blocks.ts";
import { Examples, PLACEHOLDER, replace } from "./examples.ts";

const blocks = await readDocuments();
const programs = blocks.filter(({ language, notChecked }) => isProgram(language) && notChecked === undefined);
const transports = ["sse", "ws"] as const;

/** What has a test below. */
const run = new Set<string>();
function example(id: string): Block {
  const block = programs.find((block) => block.id === id);
  if (block === undefined) throw new RangeError(`There is no example ${id}: ${programs.map(({ id }) => id).join(", ")}`);
  run.add(id);
  return block;
}

const protocolExample = example("protocol#");
const conformanceExample = example("conformance#");
const bindingExample = example("sse-client#worker-to-worker");
const workerExample = example("ws-client#worker-to-worker");
const mockExample = example("agent-worker#tests-without-a-key");
const labExample = example("lab#");
const networkExample = example("docs/network.md#use-it");
const edgeExample = example("docs/edges.md#use-it");
const plainExample = example("agent-worker#use-it-with-no-code-of-ours");

/** Examples that are files of their own, which another test builds and runs. */
const files: Readonly<Record<string, string>> = {
  "sse-client#usechat": "packages/e2e/test/chat/sse.tsx",
  "ws-client#usechat": "packages/e2e/test/chat/ws.tsx",
  "agent-worker#your-own-agent": "packages/agent-worker/examples/support-agent/worker.ts",
  "agent-worker#who-may-do-what": "packages/agent-worker/examples/members-agent/worker.ts",
};

let examples: Examples;
let host: WorkerHost;
let guarded: WorkerHost;
let origin: string;
beforeAll(async () => {
  examples = await Examples.create(["e2e", "agent-worker", "sse-client"]);
  host = await startOpen();
  guarded = await startGuarded();
  origin = host.url.origin;
}, 60_000);
afterAll(async () => {
  await host?.dispose();
  await guarded?.dispose();
  await examples?.remove();
});

describe("the programs in the documents", { timeout: 120_000 }, () => {
  let errors: Awaited<ReturnType<Examples["check"]>>;
  beforeAll(async () => {
    errors = await examples.check(programs);
  }, 90_000);

  it.each(programs)("$id compiles, strictly", ({ id }) => {
    expect(errors.get(id)).toEqual([]);
  });

  it.each(Object.entries(files))("%s equals %s, which has its own test", async (id, file) => {
    expect(example(id).code).toBe(await readFile(join(root, file), "utf8"));
  });

  it("all run, or have a reason not to", () => {
    const known = new Set([...run, ...Object.keys(files)]);
    // Those of the migration page have a test file of their own.
    const ids = programs.map(({ id }) => id).filter((id) => !id.startsWith("docs/migration.md#"));
    expect(ids.filter((id) => !known.has(id))).toEqual([]);
    for (const { notChecked } of blocks) expect(notChecked ?? "a reason").toMatch(/\w{3}/);
  });

  it("are found in Markdown by their headings and fences, and an unclosed fence is refused", () => {
    const text = [
      "# T",
      "```ts",
      "1;",
      "```",
      "## A b, c",
      "<!-- not checked: it is a sketch -->",
      "```ts",
      "## no",
      "```",
      "```sh",
      "curl x",
      "```",
      "```ts",
      "3;",
      "```",
    ];
    expect(blocksOf("d", text.join("\n"))).toEqual([
      { id: "d#", language: "ts", code: "1;\n", notChecked: undefined },
      { id: "d#a-b-c", language: "ts", code: "## no\n", notChecked: "it is a sketch" },
      { id: "d#a-b-c", language: "sh", code: "curl x\n", notChecked: undefined },
      { id: "d#a-b-c.2", language: "ts", code: "3;\n", notChecked: undefined },
    ]);
    expect(() => blocksOf("d", "```ts\n1;")).toThrow("d, line 1: a block does not end.");
  });
});

describe("an example program prints the answer as in the log:", { timeout: 120_000 }, () => {
  it.each(transports.map((transport) => example(`${transport}-client#`)))("$id", async (block) => {
    const printed = await examples.run(block, { [PLACEHOLDER]: origin });
    const { text, state } = await newest(host.url);
    expect({ printed, words: text.split(" ").length > 20, state }).toEqual({
      printed: `${text}{ state: 'finished' }\n`,
      words: true,
      state: "finished",
    });
  });

  const ownRoot = example("README.md#use-the-clients");
  it.each([
    ["", {}],
    [
      ", and over WebSocket as its comment says",
      { "createSseClient }": "createWsClient }", "createSseClient(": "createWsClient(", 'sse-client"; //': 'ws-client"; //' },
    ],
  ])("the root README's%s", async (_, replaced) => {
    const printed = await examples.run(ownRoot, { ...replaced, [PLACEHOLDER]: origin });
    const { text } = await newest(host.url);
    expect(printed).toBe(text);
    expect(text).not.toBe("");
  });

  it.each(transports.map((transport) => example(`${transport}-client#the-small-client`)))("$id", async (block) => {
    const printed = await examples.run(block, { [PLACEHOLDER]: origin });
    const { text, state } = await newest(host.url);
    expect({ printed, words: text.split(" ").length > 20, state }).toEqual({ printed: text, words: true, state: "finished" });
  });

  it.each(transports.map((transport) => example(`${transport}-client#typed-events`)))(
    "$id, which receives no weather part here",
    async (block) => {
      const before = (await newest(host.url)).id;
      expect(await examples.run(block, { [PLACEHOLDER]: origin })).toBe("");
      const { id, state } = await newest(host.url);
      expect({ another: id !== before, state }).toEqual({ another: true, state: "finished" });
    },
  );

  it.each(transports.map((transport) => example(`${transport}-client#go-on-over-the-other-transport`)))("$id", async (block) => {
    const printed = await examples.run(block, { [PLACEHOLDER]: origin });
    const { text } = await newest(host.url);
    expect(printed).toBe(text);
    expect(text).not.toBe("");
  });
});

it("the protocol's example computes the next id", async () => {
  expect(await examples.run(protocolExample)).toBe("k3v9x2pq.18\n");
});

it("the conformance suite's example passes it under node:test", { timeout: 150_000 }, async () => {
  // node:test runs the cases one after another: eight seconds of processor, and as many of waiting.
  const printed = await examples.run(conformanceExample, {}, ["--test-reporter=tap"], 120_000);
  expect(printed).toMatch(/^# fail 0$/m);
  expect(Number(/^# pass (\d+)$/m.exec(printed)?.[1])).toBeGreaterThan(20);
});

it("lab's instruments call the Agent, whose model answers from a script", { timeout: 120_000 }, async () => {
  expect(await examples.run(labExample, {}, [], 60_000)).toBe("Hello world\n");
});

it(
  "the network of docs/network.md takes two round trips for a connection and a request",
  { timeout: 120_000, ...needs(network) },
  async () => {
    expect(await examples.run(networkExample)).toBe("hello after two round trips: true\n");
  },
);

it("the edge of docs/edges.md answers over HTTP/2", { timeout: 120_000, ...needs(caddy, openssl) }, async () => {
  expect(await examples.run(edgeExample)).toBe("200 hello\n");
});

it("the recipe of a test with the AI SDK's mock passes under node:test", { timeout: 120_000 }, async () => {
  const printed = await examples.run(mockExample, {}, ["--test-reporter=tap"]);
  expect({ pass: /^# pass (\d+)$/m.exec(printed)?.[1], fail: /^# fail (\d+)$/m.exec(printed)?.[1] }).toEqual({ pass: "1", fail: "0" });
});

describe.each(transports)("the recipe of %s-client", { timeout: 120_000 }, (transport) => {
  let proxy: FaultProxy;
  beforeEach(async () => {
    proxy = await startProxy(guarded.url);
  });
  afterEach(() => proxy.close());

  const auth = example(`${transport}-client#auth`);
  async function signedIn(token: () => Promise<string>): Promise<TransportClient> {
    const { signedIn } = (await examples.load(auth, { [PLACEHOLDER]: proxy.url.origin })) as {
      readonly signedIn: (token: () => Promise<string>) => TransportClient;
    };
    return signedIn(token);
  }

  it("auth: a lost connection comes back with a fresh token", async () => {
    let asked = 0;
    using client = await signedIn(async () => {
      asked += 1;
      return TOKEN;
    });
    expect(client.transport).toBe(transport);
    // It takes three seconds: the connection is lost in its middle.
    const run = client.start({ prompt: "Write 300 words." });
    let text = "";
    let before: number | undefined;
    for await (const { data } of run) {
      if (data.type !== "text-delta") continue;
      text += data.delta;
      if (before !== undefined) continue;
      before = asked;
      expect(proxy.reset().connections).toBeGreaterThan(0);
    }
    expect(text).toBe((await newest(guarded.url, "demo", authorization)).text);
    expect(asked).toBeGreaterThan(before ?? Number.NaN);
  });

  it("auth: an invalid token ends the run as unauthorized", async () => {
    using client = await signedIn(async () => "another-token-than-the-agent-knows");
    await expect(client.start({ prompt: "Hello" }).started).rejects.toMatchObject({ name: TransportError.name, code: "unauthorized" });
  });

  const connecting = example(`${transport}-client#before-the-first-question`);
  it("before the first question: a connection is opened, and a run is started after it", async () => {
    type Opened = { readonly client: TransportClient; readonly open: (signal: AbortSignal) => Promise<void> };
    const { client, open } = (await examples.load(connecting, { [PLACEHOLDER]: origin })) as Opened;
    await open(AbortSignal.timeout(50_000));
    await client.start({ prompt: "Hello" }).cancel();
    client.close();
    const refused = (await examples.load(connecting, { [PLACEHOLDER]: guarded.url.origin })) as Opened;
    const status = transport === "sse" ? 401 : 4401;
    await expect(refused.open(AbortSignal.timeout(50_000))).rejects.toMatchObject({ name: TransportError.name, status });
    refused.client.close();
  });

  const cancelling = example(`${transport}-client#cancel`);
  type Ask = (prompt: string, signal: AbortSignal) => Promise<{ readonly text: string; readonly end: RunEnd | undefined }>;
  const ask: Ask = async (prompt, signal) => {
    const { ask } = (await examples.load(cancelling, { [PLACEHOLDER]: origin })) as { ask: Ask };
    return ask(prompt, signal);
  };

  it("cancel: the run ends at the agent when the signal aborts, and the text so far is kept", async () => {
    const abort = new AbortController();
    const asked = ask("Write 20000 words at 100 tokens/s.", abort.signal);
    await expect.poll(() => live(host.url), { timeout: 30_000 }).toMatchObject({ runs: 1, readers: 1 });
    abort.abort();
    const { text, end } = await asked;
    expect(end).toEqual({ state: "cancelled" });
    expect(await newest(host.url)).toMatchObject({ text, state: "cancelled" });
  });

  it("cancel: a run that was not aborted is complete", async () => {
    const { text, end } = await ask("Let this end", new AbortController().signal);
    expect(end).toEqual({ state: "finished" });
    expect((await newest(host.url)).text).toBe(text);
  });
});

describe("in a Worker", { timeout: 120_000 }, () => {
  let provider: ScriptedProvider;
  beforeAll(async () => {
    provider = await startProvider();
    provider.addReply("worker", { tokens: ["From ", "one ", "Worker."], dueMs: [0, 10, 20] });
  });
  afterAll(() => provider?.close());
  const asking = (): RequestInit => ({ method: "POST", body: replyMarker("worker"), signal: AbortSignal.timeout(50_000) });
  const agent = (): Record<string, string> => ({ OPENAI_API_KEY: "scripted", OPENAI_BASE_URL: provider.baseUrl, OPENAI_API: "chat" });

  it("sse-client reads an answer through a service binding", async () => {
    const script = await examples.bundle(bindingExample, {});
    const both = await startWorker({ caller: { script, binding: "AGENT" }, vars: agent() });
    try {
      const response = await fetch(both.url, asking());
      expect(await response.json()).toEqual({ text: "From one Worker." });
    } finally {
      await both.dispose();
    }
  });

  it("ws-client reads an answer over the network", async () => {
    const callee = await startWorker({ vars: agent() });
    try {
      const script = await examples.bundle(workerExample, { [PLACEHOLDER]: callee.url.origin });
      const caller = await startWorker({ caller: { script, binding: "UNUSED" } });
      try {
        const response = await fetch(caller.url, asking());
        expect(await response.json()).toEqual({ text: "From one Worker." });
        await expect.poll(() => live(callee.url), { timeout: 30_000 }).toMatchObject({ runs: 0, sockets: 0 });
      } finally {
        await caller.dispose();
      }
    } finally {
      await callee.dispose();
    }
  });
});

describe("in Chromium", { timeout: 120_000, ...needs(chromium) }, () => {
  let browser: Browser;
  let page: Page;
  const problems: string[] = [];
  beforeAll(async () => {
    browser = await launchChromium();
  }, 60_000);
  afterAll(() => browser?.close());
  beforeEach(async () => {
    page = await browser.newPage();
    page.setDefaultTimeout(50_000);
    page.on("pageerror", (error) => problems.push(error.message));
  });
  afterEach(async () => {
    await page.close();
    if (problems.length > 0) throw new Error(`In the page: ${problems.splice(0).join("; ")}`);
  });

  describe.each(transports)("the component of %s-client", (transport) => {
    const component = example(`${transport}-client#react`);
    let pages: PageServer;
    let proxy: FaultProxy;
    let site: WorkerHost;
    beforeEach(async () => {
      // The page's origin is known before the agent that lets it in, and the agent's address is asked of the page's URL.
      pages = await servePage(await readFile(await bundled(), "utf8"));
      site = await startWorker({ vars: { SCRIPTED_TOKENS_PER_SECOND: "20", ALLOWED_ORIGINS: pages.origin } });
      proxy = await startProxy(site.url);
      await page.goto(`${pages.origin}?agent=${encodeURIComponent(proxy.url.origin)}`);
    });
    afterEach(async () => {
      await proxy.close();
      await site.dispose();
      await pages.close();
    });
    const bundled = (): Promise<string> =>
      examples.bundle(component, { [`"${PLACEHOLDER}"`]: 'new URLSearchParams(location.search).get("agent") ?? ""' }, (file) =>
        [
          'import { StrictMode } from "react";',
          'import { createRoot } from "react-dom/client";',
          `import { Answer } from "./${file}";`,
          "let root;",
          "function show() {",
          '  root = createRoot(document.getElementById("root"));',
          '  root.render(<StrictMode><Answer id="question-1" prompt="Write me a Cloudflare Worker" /></StrictMode>);',
          "}",
          'addEventListener("leave", () => root.unmount());',
          'addEventListener("return", show);',
          "show();",
        ].join("\n"),
      );
    const status = (text: string | RegExp): Promise<void> => page.getByRole("status").filter({ hasText: text }).waitFor();

    it("shows the answer to one question, asked once, and shows that it retries while the connection is lost", async () => {
      await status("open");
      await page
        .locator("p", { hasText: /\w+ \w+/ })
        .first()
        .waitFor();
      // Until it was seen.
      proxy.refuse(1_000);
      expect(proxy.reset().connections).toBeGreaterThan(0);
      await status(/^try \d+: /);
      proxy.refuse(0);
      await status("finished");
      const { text } = await newest(site.url);
      expect(await page.locator("p").first().textContent()).toBe(text);
      expect(await runIds(site.url)).toHaveLength(1);
    });

    it("stops following when it unmounts, while the run continues, and joins the run when it mounts again", async () => {
      await status("open");
      await page.evaluate(() => dispatchEvent(new Event("leave")));
      await expect.poll(() => live(site.url), { timeout: 30_000 }).toMatchObject({ runs: 1, readers: 0 });
      await page.evaluate(() => dispatchEvent(new Event("return")));
      await status("finished");
      const { text, state } = await newest(site.url);
      expect({ text: await page.locator("p").first().textContent(), state }).toEqual({ text, state: "finished" });
      expect(await runIds(site.url)).toHaveLength(1);
    });
  });

  it.each(transports.map((transport) => example(`${transport}-client#after-a-reload`)))(
    "$id resumes after the shown events, twice, and forgets the run at its end",
    async (block) => {
      const code = await examples.bundle(block, { [`"${PLACEHOLDER}"`]: 'new URLSearchParams(location.search).get("agent") ?? ""' });
      const pages = await servePage(await readFile(code, "utf8"));
      const site = await startWorker({ vars: { SCRIPTED_TOKENS_PER_SECOND: "20", ALLOWED_ORIGINS: pages.origin } });
      try {
        const shown = (): Promise<string> => page.evaluate(() => sessionStorage.getItem("text") ?? "");
        await page.goto(`${pages.origin}?agent=${encodeURIComponent(site.url.origin)}`);
        for (const length of [20, 60]) {
          await page.waitForFunction((length) => (sessionStorage.getItem("text") ?? "").length > length, length);
          await page.reload();
        }
        await page.waitForFunction(() => Object.keys(sessionStorage).join() === "text");
        const { text, state } = await newest(site.url);
        expect({ shown: await shown(), state }).toEqual({ shown: text, state: "finished" });
        expect(await runIds(site.url)).toHaveLength(1);
      } finally {
        await site.dispose();
        await pages.close();
      }
    },
  );

  it("EventSource and WebSocket work without our clients", async () => {
    const client = createSseClient({ url: host.url, name: "demo" });
    const before = await client.start({ prompt: "To be followed" }).started;
    await newest(host.url);
    const printed: string[] = [];
    page.on("console", (message) => printed.push(message.text()));
    await page.goto(new URL("/agents/transport-agent/demo", host.url).href);
    const code = replace(plainExample.code, { "<id>": before, "ws://localhost:8787": host.url.origin.replace("http", "ws") });
    await page.addScriptTag({ content: code });
    // Not the newest line: Chromium says at any time that there is no favicon.
    await expect.poll(() => printed.join("\n"), { timeout: 50_000 }).toMatch(/data-run-end/);
    await expect.poll(async () => (await newest(host.url)).id, { timeout: 50_000 }).not.toBe(before);
  });
});
