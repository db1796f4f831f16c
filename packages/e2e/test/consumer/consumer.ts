import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import { startRegistry } from "./registry.ts";

const run = promisify(execFile);
const packages = join(import.meta.dirname, "../../..");
const e2e = join(packages, "e2e");

/** What people install, in the order of who needs whom. */
export const published = ["protocol", "client-core", "sse-client", "ws-client"] as const;

/** The same, and what tests a client of their own. */
const packed = [...published, "conformance"] as const;

/** An empty project into which npm has installed what `pnpm publish` would upload. */
export interface Consumer {
  readonly folder: string;
  /** Every file of an installed package, with slashes, sorted. */
  files(name: string): Promise<readonly string[]>;
  read(name: string, file: string): Promise<string>;
  /** Runs a program of the project, and gives back what it prints. */
  run(args: readonly string[]): Promise<string>;
  remove(): Promise<void>;
}

/** @param others packages beside ours, of the version that is installed here */
export async function install(others: readonly string[]): Promise<Consumer> {
  const home = await mkdtemp(join(tmpdir(), "consumer-"));
  const folder = join(home, "project");
  try {
    await mkdir(folder);
    // The pnpm that runs the tests is the first on the PATH, however it was started.
    const pack = (name: string): Promise<unknown> =>
      run("pnpm", ["pack", "--out", tarballOf(folder, name)], { cwd: join(packages, name), timeout: 120_000 });
    await Promise.all(packed.map(pack));
    await writeFile(join(folder, "package.json"), JSON.stringify({ name: "consumer", private: true, type: "module" }));
    await installWithNpm(folder, home, others);
    await cp(join(import.meta.dirname, "project"), folder, { recursive: true });
  } catch (error) {
    await rm(home, { recursive: true, force: true });
    throw error;
  }
  const installed = (name: string): string => join(folder, "node_modules", "@agent-transports", name);
  return {
    folder,
    async files(name) {
      const entries = await readdir(installed(name), { recursive: true, withFileTypes: true });
      return entries
        .filter((entry) => !entry.isDirectory())
        .map((entry) => relative(installed(name), join(entry.parentPath, entry.name)))
        .sort();
    },
    read: (name, file) => readFile(join(installed(name), file), "utf8"),
    run: async (args) => (await run(process.execPath, args, { cwd: folder, timeout: 55_000 })).stdout,
    remove: () => rm(home, { recursive: true, force: true }),
  };
}

function tarballOf(folder: string, name: string): string {
  return join(folder, `${name}.tgz`);
}

/**
 * As a person does it who has just got npm: an empty cache, no settings. The registry has what is installed here, so that no test needs a
 * network, or fails because of what somebody publishes.
 */
async function installWithNpm(folder: string, home: string, others: readonly string[]): Promise<void> {
  const ours = packed.map((name) => join(packages, name));
  const dependencies = await Promise.all(ours.map(async (from) => (await outsidersOf(from)).map((name) => ({ name, from }))));
  const registry = await startRegistry([...dependencies.flat(), ...others.map((name) => ({ name, from: e2e }))]);
  try {
    const quiet = ["--no-audit", "--no-fund", "--no-update-notifier", "--ignore-scripts", "--loglevel=error"];
    const tarballs = packed.map((name) => tarballOf(folder, name));
    const env = { ...withoutNpmSettings(process.env), ...npmSettings(home), npm_config_registry: registry.url };
    await run("npm", ["install", ...quiet, ...tarballs, ...others], { cwd: folder, env, timeout: 120_000 });
  } finally {
    await registry.close();
  }
}

/** What a package depends on that is not a package of this workspace. */
async function outsidersOf(from: string): Promise<readonly string[]> {
  const manifest = JSON.parse(await readFile(join(from, "package.json"), "utf8")) as { dependencies?: Record<string, string> };
  return Object.entries(manifest.dependencies ?? {}).flatMap(([name, range]) => (range.startsWith("workspace:") ? [] : [name]));
}

/** npm reads two files of settings, and does not take one file as both. */
function npmSettings(home: string): Readonly<Record<string, string>> {
  return { HOME: home, npm_config_userconfig: join(home, "user-npmrc"), npm_config_globalconfig: join(home, "global-npmrc") };
}

/** A machine's proxy does not lead to this machine's loopback, and its settings may name another registry for a scope. */
function withoutNpmSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(npm_config_.*|(https?|all|no)_proxy)$/i.test(name)));
}
