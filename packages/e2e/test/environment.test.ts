import { readdir, readFile } from "node:fs/promises";
import { join, matchesGlob } from "node:path";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "../../..");

/** turbo gives a task no variable of the environment but these, and what every program needs (PATH, for one). */
async function passedOn(): Promise<readonly string[]> {
  const text = await readFile(join(root, "turbo.json"), "utf8");
  const { globalPassThroughEnv }: { globalPassThroughEnv: string[] } = JSON.parse(text.replaceAll(/^\s*\/\/.*$/gm, ""));
  return globalPassThroughEnv;
}

/** Variables that the sources of all packages read, and their tests. */
async function readInSources(): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for (const folder of await readdir(join(root, "packages"))) {
    for (const part of ["src", "test"]) {
      const files = await readdir(join(root, "packages", folder, part), { recursive: true }).catch(() => []);
      for (const file of files.filter((name) => name.endsWith(".ts"))) {
        const text = await readFile(join(root, "packages", folder, part, file), "utf8");
        for (const [, name] of text.matchAll(/process\.env\["(\w+)"\]/g)) names.add(name!);
      }
    }
  }
  return names;
}

it("turbo passes on every variable that tests read", async () => {
  const passed = await passedOn();
  // PATH turbo always gives; a token is for a deployment, which no test asks; LOG_ERRORS is a Worker's variable; NODE_ENV is vitest's own.
  const own = new Set(["PATH", "AGENT_TOKEN", "LOG_ERRORS", "NODE_ENV"]);
  const read = [...(await readInSources())].filter((name) => !own.has(name));
  expect(read).toContain("CHROMIUM_PATH");
  expect(read.filter((name) => !passed.includes(name))).toEqual([]);
});

it("turbo passes on a company network's proxy, certificates and settings of npm and pnpm", async () => {
  const passed = await passedOn();
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
