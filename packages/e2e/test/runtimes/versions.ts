import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

export interface Versions {
  readonly bun: string;
  readonly deno: string;
  readonly workerd: string;
}

/** The versions of the runtimes that are installed, by their packages. */
export async function installedVersions(): Promise<Versions> {
  const require = createRequire(import.meta.url);
  // workerd comes with Miniflare.
  const ofMiniflare = createRequire(require.resolve("miniflare"));
  const version = async (path: string): Promise<string> => {
    const { version }: { version: string } = JSON.parse(await readFile(path, "utf8"));
    return version;
  };
  const [bun, deno, workerd] = await Promise.all([
    version(require.resolve("bun/package.json")),
    version(require.resolve("deno/package.json")),
    version(ofMiniflare.resolve("workerd/package.json")),
  ]);
  return { bun, deno, workerd };
}
