import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../../../..");
const clients = ["agent-worker", "client-core", "conformance", "load", "protocol", "sse-client", "ws-client"];
const ENGINE = "artillery-engine-agent-transports";

let folder: string;
beforeEach(async () => {
  // A folder's name may have a space, and a quote.
  folder = await mkdtemp(join(tmpdir(), "it's packed "));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(program: string, args: readonly string[], env: Readonly<Record<string, string | undefined>> = {}): Promise<Ended> {
  const options = { env: { ...process.env, ...env }, timeout: 110_000 };
  const child = promisify(execFile)(program, args, options);
  try {
    return { code: 0, ...(await child) };
  } catch (error) {
    const { code, stdout, stderr } = error as Ended;
    return { code, stdout, stderr };
  }
}

const script = (name: string, args: readonly string[] = [], env: Readonly<Record<string, string | undefined>> = {}): Promise<Ended> =>
  run(process.execPath, [join(root, "scripts", name), ...args], env);

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

describe("pack:clients", { timeout: 120_000 }, () => {
  it("packs the clients, the protocol, the Agent, the engine for load and the conformance suite, and prints lines that work in a shell", async () => {
    const { code, stdout, stderr } = await script("pack-clients.mjs", [folder]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect((await readdir(folder)).sort()).toEqual(clients.map((name) => `${name}.tgz`));

    const lines = stdout.split("\n").filter((line) => line.trimStart().startsWith("npm install "));
    const words = await Promise.all(lines.map((line) => run("sh", ["-c", line.replace("npm install", "printf '%s\\n'")])));
    const tarball = (name: string): string => join(folder, `${name}.tgz`);
    expect(words.map(({ stdout }) => stdout.trim().split("\n"))).toEqual([
      ["protocol", "client-core", "sse-client", "ws-client"].map(tarball),
      ["protocol", "agent-worker"].map(tarball),
      [
        "--ignore-scripts",
        expect.stringMatching(/^artillery@\d/),
        ...["protocol", "client-core", "sse-client", "ws-client", "load"].map(tarball),
      ],
      ["protocol", "client-core", "conformance"].map(tarball),
    ]);

    for (const name of clients) {
      const { stdout: text } = await run("tar", ["-xzOf", tarball(name), "package/package.json"]);
      expect(text).not.toMatch(/"(workspace|catalog|link|file):/);
      const { name: full, version, dependencies } = JSON.parse(text) as Manifest;
      expect(full).toBe(name === "load" ? ENGINE : `@agent-transports/${name}`);
      expect(dependencies?.["@agent-transports/protocol"]).toBe(name === "protocol" ? undefined : version);
      const usesCore = name.endsWith("-client") || name === "load" || name === "conformance";
      expect(dependencies?.["@agent-transports/client-core"]).toBe(usesCore ? version : undefined);
    }
  });
});

/** A copy of the scripts, beside one package of which a test says what is in it. */
async function project(manifest: object, files: Readonly<Record<string, string>>): Promise<string> {
  await cp(join(root, "scripts"), join(folder, "scripts"), { recursive: true });
  await mkdir(join(folder, "packages/thing"), { recursive: true });
  const whole = { name: "@agent-transports/thing", version: "0.1.0", ...manifest };
  await writeFile(join(folder, "packages/thing/package.json"), JSON.stringify(whole));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, "packages/thing", name), text);
  return folder;
}

const good = {
  description: "A thing.",
  keywords: ["thing"],
  license: "MIT",
  files: ["index.js"],
  type: "module",
  exports: { ".": { default: "./index.js" } },
  publishConfig: { access: "public", provenance: true },
  engines: { node: ">=22.12" },
};
const goodFiles = { "index.js": "", "README.md": "# Thing\n", LICENSE: "MIT License\n" };

/** What it finds wrong, by line. */
async function faults(manifest: object, files: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<readonly string[]> {
  const at = await project(manifest, files);
  const env = { GITHUB_REPOSITORY: args.includes("--release") ? "somebody/somewhere" : undefined };
  const { code, stderr } = await run(process.execPath, [join(at, "scripts/check-publish.mjs"), ...args], env);
  expect(code).toBe(stderr === "" ? 0 : 1);
  return stderr.trim().split("\n").filter(Boolean);
}

describe("publish:check", { timeout: 120_000 }, () => {
  it("accepts the packages of this repository", async () => {
    const { code, stdout, stderr } = await script("check-publish.mjs");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const names = ["agent-worker", "client-core", "conformance", "protocol", "sse-client", "ws-client"].map(
      (name) => `@agent-transports/${name}`,
    );
    expect(stdout.match(/^[@\w/-]+(?=@\d)/gm)?.sort()).toEqual([...names, ENGINE]);
  });

  it("accepts a complete package", async () => {
    expect(await faults(good, goodFiles)).toEqual([]);
  });

  it.each([
    [
      "an export that was not built",
      { exports: "./dist/index.js" },
      {},
      "./dist/index.js, which its exports name, is not in its tarball: build first.",
    ],
    ["no description", { description: undefined }, {}, "package.json has no description."],
    ["no provenance", { publishConfig: { access: "public" } }, {}, 'publishConfig must be {"access": "public", "provenance": true}.'],
    [
      "another version of the protocol",
      { dependencies: { "@agent-transports/protocol": "0.0.9" } },
      {},
      "@agent-transports/protocol must be 0.1.0, and is 0.0.9.",
    ],
    ["a dependency on a folder", { dependencies: { other: "file:../other" } }, {}, '"file:../other" is known to this workspace alone.'],
    ["a test", { files: ["index.js", "index.test.js"] }, { "index.test.js": "" }, "package/index.test.js does not belong in its tarball."],
  ])("finds %s", async (_, wrong, files, fault) => {
    expect(await faults({ ...good, ...wrong }, { ...goodFiles, ...files })).toEqual([`@agent-transports/thing: ${fault}`]);
  });

  it("fails a release until the packages name their repository, and says what to type", async () => {
    const [fault, ...more] = await faults(good, goodFiles, "--release");
    expect(more).toEqual([]);
    const remedy = "release:repository https://github.com/somebody/somewhere";
    expect(fault).toContain(`npx -y pnpm@12 ${remedy}`);

    await cp(join(root, ".oxfmtrc.json"), join(folder, ".oxfmtrc.json"));
    await symlink(join(root, "node_modules"), join(folder, "node_modules"));
    const url = "https://github.com/somebody/somewhere";
    expect(await run(process.execPath, [join(folder, "scripts/set-repository.mjs"), url])).toMatchObject({ code: 0, stderr: "" });
    const named = JSON.parse(await readFile(join(folder, "packages/thing/package.json"), "utf8")) as object;
    expect(named).toMatchObject({
      homepage: `${url}/tree/main/packages/thing#readme`,
      bugs: { url: `${url}/issues` },
      repository: { type: "git", url: `git+${url}.git`, directory: "packages/thing" },
    });
    expect(await faults(named, goodFiles, "--release")).toEqual([]);
  });

  it("refuses a release outside the workflow that signs it", async () => {
    const at = await project(good, goodFiles);
    const { code, stderr } = await run(process.execPath, [join(at, "scripts/check-publish.mjs"), "--release"], {
      GITHUB_REPOSITORY: undefined,
    });
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("RELEASING.md") });
  });
});
