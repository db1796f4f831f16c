import { globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, matchesGlob } from "node:path";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "../../..");

interface Turbo {
  readonly globalPassThroughEnv: readonly string[];
  readonly tasks: { readonly test: { readonly env: readonly string[] } };
}

/** turbo gives a task no variable of the environment but these, and what every program needs (PATH, for one). */
async function variables(): Promise<{ readonly passed: readonly string[]; readonly hashed: readonly string[] }> {
  // Those of `env` are part of the task's hash, too.
  const text = await readFile(join(root, "turbo.json"), "utf8");
  const { globalPassThroughEnv, tasks }: Turbo = JSON.parse(text.replaceAll(/^\s*\/\/.*$/gm, ""));
  return { passed: globalPassThroughEnv, hashed: tasks.test.env };
}

/** Variables that the sources of all packages read, and their tests, with what vitest is configured by. */
async function readInSources(): Promise<readonly string[]> {
  const files = globSync(["packages/*/{src,test}/**/*.ts", "packages/*/vitest*.config.ts", "scripts/{build-first,fuzz-seed}.mjs"], {
    cwd: root,
  });
  const names = new Set<string>();
  for (const file of files) {
    const text = await readFile(join(root, file), "utf8");
    for (const [, name] of text.matchAll(/process\.env\["(\w+)"\]/g)) names.add(name!);
    for (const [, list = ""] of text.matchAll(/\{([^{}]*)\} = process\.env\b/g))
      for (const [name] of list.matchAll(/\b[A-Z_]+\b/g)) names.add(name);
  }
  // PATH turbo always gives; a token is for a deployment, which no test asks; LOG_ERRORS is a Worker's variable; NODE_ENV is vitest's own.
  const own = new Set(["PATH", "AGENT_TOKEN", "LOG_ERRORS", "NODE_ENV"]);
  return [...names].filter((name) => !own.has(name));
}

it("turbo passes on every variable that tests read", async () => {
  const { passed, hashed } = await variables();
  const read = await readInSources();
  expect(read).toEqual(expect.arrayContaining(["CHROMIUM_PATH", "FUZZ_SEED", "KILLS"]));
  expect(read.filter((name) => ![...passed, ...hashed].includes(name))).toEqual([]);
});

it("turbo runs tests again with another value of each variable that they read, but for a tool's path or setting", async () => {
  const { passed, hashed } = await variables();
  const read = await readInSources();
  expect(read.filter((name) => !/_PATH$|^WRANGLER_/.test(name) && !hashed.includes(name))).toEqual([]);
  expect(hashed).toEqual(expect.arrayContaining(["FUZZ_RUNS", "FUZZ_SEED"]));
  expect(passed.filter((name) => hashed.includes(name))).toEqual([]);
});

it("turbo passes on a company network's proxy, certificates and settings of npm and pnpm", async () => {
  const { passed } = await variables();
  const network = [
    "NODE_EXTRA_CA_CERTS",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "npm_config_cafile",
    "npm_config_registry",
    "pnpm_config_registry",
  ];
  const proxies = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"].flatMap((name) => [name, name.toLowerCase()]);
  const missing = [...network, ...proxies].filter((name) => !passed.some((pattern) => matchesGlob(name, pattern)));
  expect(missing).toEqual([]);
});
