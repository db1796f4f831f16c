import { readFile, writeFile } from "node:fs/promises";
import { dirname, join, posix } from "node:path";
import { replyMarker, startProvider, type ScriptedProvider } from "@agent-transports/lab/provider";
import { startWorker, type WorkerHost } from "@agent-transports/lab/worker-host";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compile, compilers } from "../tsc.ts";
import { install, published, type Consumer } from "./consumer.ts";

let consumer: Consumer;
beforeAll(async () => {
  consumer = await install(["ai", "@types/node", "@cloudflare/workers-types"]);
}, 300_000);
afterAll(() => consumer?.remove());

describe.each(published)("the package %s, as npm installs it", (name) => {
  it("contains its licence, its README, its build and its sources, and nothing else", async () => {
    const files = await consumer.files(name);
    const built = files.filter((file) => file.endsWith(".ts") && file.startsWith("src/")).map((file) => file.slice(4, -3));
    expect(built).toContain("index");
    // Something in dist alone was left there by a build of other sources: delete dist, and build again.
    const expected = built.flatMap((file) => [`src/${file}.ts`, ...[".d.ts", ".js", ".js.map"].map((ending) => `dist/${file}${ending}`)]);
    expect(files).toEqual([...expected, "LICENSE", "README.md", "package.json"].sort());
    expect(files.filter((file) => file.includes("test"))).toEqual([]);
    expect(await consumer.read(name, "LICENSE")).toContain("MIT License");
    expect(await consumer.read(name, "README.md")).toContain(`# @agent-transports/${name}`);
  });

  it("names versions, and no workspace protocol", async () => {
    const text = await consumer.read(name, "package.json");
    expect(text).not.toMatch(/"(workspace|catalog|link|file):/);
    const { version, dependencies = {} } = JSON.parse(text) as { version: string; dependencies?: Record<string, string> };
    for (const range of Object.values(dependencies)) expect(range).toMatch(/^[0-9]+\.[0-9]+\.[0-9]+$/);
    expect(dependencies["@agent-transports/protocol"]).toBe(name === "protocol" ? undefined : version);
    expect(dependencies["@agent-transports/client-core"]).toBe(name.endsWith("-client") ? version : undefined);
  });

  it("maps its build to sources in the package", async () => {
    const files = await consumer.files(name);
    for (const file of files.filter((file) => file.endsWith(".js"))) {
      expect(await consumer.read(name, file)).toContain(`//# sourceMappingURL=${posix.basename(file)}.map`);
      const { sources } = JSON.parse(await consumer.read(name, `${file}.map`)) as { sources: string[] };
      expect(sources).toHaveLength(1);
      for (const source of sources) expect(files).toContain(posix.join(posix.dirname(file), source));
    }
  });
});

describe("the conformance suite, as npm installs it", () => {
  it("runs a case of each transport under node:test", { timeout: 60_000 }, async () => {
    const pattern = "--test-name-pattern=delivers a run's events once, in order, and ends with it";
    const told = await consumer.run(["--test", "--test-reporter=tap", pattern, "suite.ts"]);
    expect(told).toMatch(/^# pass 2$/m);
    expect(told).toMatch(/^# fail 0$/m);
  });
});

/** Where the libraries are meant to compile, with nothing else installed. */
const places = [
  { place: "a browser", files: ["library.ts"], options: { lib: ["es2022", "dom"], types: [] } },
  {
    place: "Node, with no DOM, from both kinds of modules",
    files: ["program.ts", "program.cts"],
    options: { lib: ["es2023"], types: ["node"] },
  },
  { place: "a Worker, with no DOM", files: ["library.ts"], options: { lib: ["es2023"], types: ["@cloudflare/workers-types"] } },
];
const resolutions = { nodenext: { module: "nodenext" }, bundler: { module: "preserve", moduleResolution: "bundler" } };
const cases = (["6", "7"] as const).flatMap((compiler) =>
  (["nodenext", "bundler"] as const).map((resolution) => ({ compiler, resolution })),
);

describe.each(cases)("TypeScript $compiler, moduleResolution $resolution", { timeout: 90_000 }, ({ compiler, resolution }) => {
  const always = { target: "es2022", ...resolutions[resolution], rewriteRelativeImportExtensions: true, noEmit: true };

  it.each(places)("the libraries' types hold in $place", async ({ files, options }) => {
    expect(
      await compile(compiler, consumer.folder, files, { ...always, skipLibCheck: false, skipDefaultLibCheck: true, ...options }),
    ).toEqual([]);
  });
});

describe.each(["6", "7"] as const)("TypeScript %s", { timeout: 90_000 }, (compiler) => {
  it("has the expected major version, and accepts the entries for the AI SDK", async () => {
    // ai 7.0.173 needs @types/json-schema, and does not hold under exactOptionalPropertyTypes: whoever has it skips the check of libraries.
    // Ours are checked by the compiler that does all of it in a second.
    const options = {
      target: "es2022",
      module: "nodenext",
      lib: ["es2023", "dom"],
      types: ["node"],
      noEmit: true,
      skipLibCheck: compiler === "6",
      skipDefaultLibCheck: true,
    };
    const errors = await compile(compiler, consumer.folder, ["chat.ts"], options);
    expect(errors.filter(({ file }) => !/^node_modules\/(ai|@ai-sdk\/[\w-]+)\//.test(file))).toEqual([]);
    const { version } = JSON.parse(await readFile(join(dirname(compilers[compiler]), "../package.json"), "utf8")) as { version: string };
    expect(version).toMatch(new RegExp(`^${compiler}\\.`));
  });

  it("reports wrong uses of a client", async () => {
    const wrong = [
      'import { createSseClient } from "@agent-transports/sse-client";',
      'import { createWsClient } from "@agent-transports/ws-client";',
      'createSseClient({ url: "https://my-agent.example.workers.dev", tokens: "one" });',
      'createWsClient({}).start({ prompt: "Where?" });',
      'createWsClient({ url: "https://my-agent.example.workers.dev" }).resume("run").chunks;',
    ];
    await writeFile(join(consumer.folder, "wrong.ts"), wrong.join("\n"));
    // The libraries themselves are checked above.
    const options = { target: "es2022", module: "nodenext", lib: ["es2022", "dom"], types: [], noEmit: true, skipLibCheck: true };
    const errors = await compile(compiler, consumer.folder, ["wrong.ts"], options);
    expect(errors.map(({ file, line }) => `${file}:${line}`)).toEqual(["wrong.ts:3", "wrong.ts:4", "wrong.ts:5"]);
  });
});

describe.each(["6", "7"] as const)("the output of TypeScript %s, on Node, against the Worker", { timeout: 60_000 }, (compiler) => {
  const tokens = ["It ", "came ", "from ", "a ", "tarball", "."];
  const text = tokens.join("");
  let provider: ScriptedProvider;
  let host: WorkerHost;
  let args: string[];
  beforeAll(async () => {
    provider = await startProvider();
    provider.addReply("tarball", { tokens, dueMs: tokens.map((_, index) => index * 10) });
    host = await startWorker({ vars: { OPENAI_API_KEY: "scripted", OPENAI_BASE_URL: provider.baseUrl, OPENAI_API: "chat" } });
    args = [host.url.href, `typescript-${compiler}`, replyMarker("tarball")];
    const options = {
      target: "es2022",
      module: "nodenext",
      lib: ["es2023"],
      types: ["node"],
      outDir: compiler,
      rewriteRelativeImportExtensions: true,
      skipLibCheck: true,
    };
    const errors = await compile(compiler, consumer.folder, ["program.ts", "program.cts"], options);
    if (errors.length > 0) throw new Error(JSON.stringify(errors));
  }, 90_000);
  afterAll(async () => {
    await host?.dispose();
    await provider?.close();
  });

  const lines = (output: string): unknown[] =>
    output
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);

  it("prints each answer completely, over both transports, and exits", async () => {
    const told = { text, state: "finished", events: expect.any(Number), unknown: "run_not_found" };
    expect(lines(await consumer.run([`${compiler}/program.js`, ...args]))).toEqual([
      { transport: "sse", ...told },
      { transport: "ws", ...told },
    ]);
  });

  it("does the same from CommonJS", async () => {
    expect(await readFile(join(consumer.folder, compiler, "program.cjs"), "utf8")).toContain('require("@agent-transports/sse-client")');
    expect(lines(await consumer.run([`${compiler}/program.cjs`, ...args]))).toEqual([
      { transport: "sse", text },
      { transport: "ws", text },
    ]);
  });

  it("shows the source lines of an error", async () => {
    const code =
      'import("@agent-transports/sse-client").then(({ createSseClient }) => createSseClient({ url: "" })).catch(({ stack }) => console.log(stack))';
    expect(await consumer.run(["--enable-source-maps", "--eval", code])).toMatch(
      /@agent-transports\/client-core\/src\/client\/options\.ts:\d+/,
    );
  });
});
