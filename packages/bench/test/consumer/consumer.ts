import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const packages = join(import.meta.dirname, "../../..");

/** What people install, in the order of who needs whom. */
export const published = ["protocol", "sse-client", "ws-client"] as const;

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

/** @param others packages of the registry, as `<name>@<version>` */
export async function install(others: readonly string[]): Promise<Consumer> {
  const folder = await mkdtemp(join(tmpdir(), "consumer-"));
  try {
    const tarballs: string[] = [];
    for (const name of published) {
      const tarball = join(folder, `${name}.tgz`);
      // The pnpm that runs the tests is the first on the PATH, however it was started.
      await run("pnpm", ["pack", "--out", tarball], { cwd: join(packages, name), timeout: 120_000 });
      tarballs.push(tarball);
    }
    await writeFile(join(folder, "package.json"), JSON.stringify({ name: "consumer", private: true, type: "module" }));
    const quiet = ["--prefer-offline", "--no-audit", "--no-fund", "--no-update-notifier", "--ignore-scripts", "--loglevel=error"];
    // npm waits five minutes for an answer that never comes, which was seen twice; the next request for the same has always come.
    const patience = ["--fetch-timeout=15000", "--fetch-retries=5", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"];
    await run("npm", ["install", ...quiet, ...patience, ...tarballs, ...others], { cwd: folder, timeout: 300_000 });
    await cp(join(import.meta.dirname, "project"), folder, { recursive: true });
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
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
    run: async (args) => (await run(process.execPath, args, { cwd: folder, timeout: 30_000 })).stdout,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
