import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, realpath, rm } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { listen } from "@agent-transports/lab/listen";

const run = promisify(execFile);

/** What is read of a package.json. */
interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

interface Installed {
  readonly folder: string;
  readonly manifest: Manifest;
}

/** An npm registry on loopback that has what is installed here, and nothing else. */
export interface Registry {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves the dependencies of packages, as they are installed here: a test that installs with npm then needs no network, and gets the
 * versions that the lockfile names.
 *
 * @param wanted names, and the package folder from which each is resolved
 */
export async function startRegistry(wanted: readonly { readonly name: string; readonly from: string }[]): Promise<Registry> {
  const packages = new Map<string, Map<string, Installed>>();
  for (const { name, from } of wanted) await collect(packages, name, from);
  const work = await mkdtemp(join(tmpdir(), "registry-"));
  let url = "";

  const answer = async (path: string, response: ServerResponse): Promise<void> => {
    const [, tarballOf, version] = /^-\/(.+)@(.+)\.tgz$/.exec(path) ?? [];
    const found = packages.get(tarballOf ?? path);
    const one = version === undefined ? undefined : found?.get(version);
    if (found === undefined || (version !== undefined && one === undefined)) {
      // npm asks after optional peers too, and goes on without them.
      response.writeHead(404, { "Content-Type": "application/json" }).end(JSON.stringify({ error: `${path} is not installed here.` }));
    } else if (one === undefined) {
      response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(packument(url, [...found.values()])));
    } else {
      response.writeHead(200, { "Content-Type": "application/octet-stream" }).end(await pack(one, work));
    }
  };
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? "/", "http://registry").pathname.slice(1));
    answer(path, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  url = `http://127.0.0.1:${await listen(server)}`;
  return {
    url,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(work, { recursive: true, force: true });
    },
  };
}

/** Takes in a package and all that it needs. What is optional and not installed is left out, as npm leaves it out. */
async function collect(packages: Map<string, Map<string, Installed>>, name: string, from: string): Promise<void> {
  const one = await find(name, from);
  if (one === undefined) throw new Error(`${name}, which ${from} needs, is not installed: run \`pnpm install\`.`);
  const versions = packages.get(name) ?? new Map<string, Installed>();
  packages.set(name, versions);
  if (versions.has(one.manifest.version)) return;
  versions.set(one.manifest.version, one);
  const { dependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} } = one.manifest;
  const peers = Object.keys(peerDependencies).filter((peer) => peerDependenciesMeta[peer]?.optional !== true);
  for (const needed of [...Object.keys(dependencies), ...peers]) await collect(packages, needed, one.folder);
}

/** As Node looks for it, whatever the package manager's layout. Not `require.resolve`: `exports` may hide package.json. */
async function find(name: string, from: string): Promise<Installed | undefined> {
  for (const folder of createRequire(join(from, "x.js")).resolve.paths(name) ?? []) {
    try {
      const real = await realpath(join(folder, name));
      return { folder: real, manifest: JSON.parse(await readFile(join(real, "package.json"), "utf8")) as Manifest };
    } catch (error) {
      if (!(error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR"))) throw error;
    }
  }
  return undefined;
}

/** What a registry tells of a package. */
function packument(url: string, all: readonly Installed[]): unknown {
  const versions = all.map(({ manifest }) => {
    const tarball = `${url}/-/${encodeURIComponent(`${manifest.name}@${manifest.version}`)}.tgz`;
    return [manifest.version, { ...manifest, dist: { tarball } }] as const;
  });
  const [latest] = versions.at(-1) ?? [];
  return { name: all[0]?.manifest.name, "dist-tags": { latest }, versions: Object.fromEntries(versions) };
}

/** Of a copy: pnpm links equal files to one another, and npm takes no link out of a tarball. */
async function pack({ folder }: Installed, work: string): Promise<Buffer> {
  const copy = await mkdtemp(join(work, "package-"));
  const nested = join(folder, "node_modules");
  await cp(folder, join(copy, "package"), { recursive: true, filter: (source) => source !== nested });
  const limits = { encoding: "buffer", maxBuffer: 256 * 1024 * 1024 } as const;
  return (await run("tar", ["-czf", "-", "-C", copy, "package"], limits)).stdout;
}
