/** What `pnpm test` and CI count, by the results that vitest has left: a package that has tests and left none has failed. */
import { execFile } from "node:child_process";
import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../../..");

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "results-"));
  await cp(join(root, "scripts"), join(folder, "scripts"), { recursive: true });
  await mkdir(join(folder, ".ci"));
  await cp(join(root, ".ci/count-tests.mjs"), join(folder, ".ci/count-tests.mjs"));
  await write("package.json", '{ "type": "module" }');
  // Which tools this machine has is no matter here.
  await write("packages/lab/src/tools.ts", "export const tools = [];\nexport const leftOut = () => null;\n");
  // In turbo's place: it leaves the results that a test has prepared.
  await write("bin/turbo", '#!/bin/sh\necho "seed: $FUZZ_SEED"\n[ ! -d prepared ] || cp -R prepared/. packages\nexit "${TURBO_CODE:-0}"\n');
  await chmod(join(folder, "bin/turbo"), 0o755);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function write(path: string, text: string): Promise<void> {
  await mkdir(join(folder, path, ".."), { recursive: true });
  await writeFile(join(folder, path), text);
}

/** A package with tests, and what they leave; `null` where they are not run. */
async function writePackage(name: string, ...statuses: readonly (readonly ("passed" | "failed")[] | null)[]): Promise<void> {
  await write(`packages/${name}/vitest.config.ts`, "");
  const [tests = null, soak] = statuses;
  if (soak !== undefined) await write(`packages/${name}/vitest.soak.config.ts`, "");
  if (tests !== null) await write(`prepared/${name}/test-results.json`, resultsOf(name, tests));
  if (soak !== undefined && soak !== null) await write(`packages/${name}/test-results-soak.json`, resultsOf(name, soak));
}

function resultsOf(name: string, statuses: readonly string[]): string {
  const assertionResults = statuses.map((status, at) => ({ status, fullName: `test ${at}`, failureMessages: [] }));
  return JSON.stringify({ testResults: [{ name: `/x/packages/${name}/test/a.test.ts`, message: "", assertionResults }] });
}

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(script: string, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const options = { cwd: folder, env: { ...process.env, PATH: `${join(folder, "bin")}:${process.env["PATH"]}`, ...env }, timeout: 50_000 };
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, [join(folder, script), ...args], options)) };
  } catch (error) {
    const { code, stdout, stderr } = error as Ended;
    return { code, stdout, stderr };
  }
}

describe("pnpm test", () => {
  const test = (args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<Ended> =>
    run("scripts/test.mjs", args, env);

  it("passes where every package that has tests left results", async () => {
    await writePackage("thing-one", ["passed", "passed"]);
    await writePackage("thing-two", ["passed"]);
    // It has no tests.
    await write("packages/thing-three/src/index.ts", "");
    const { code, stdout } = await test();
    expect([code, stdout]).toEqual([0, expect.stringMatching(/\n3 tests passed, 0 failed, none skipped\..*\n$/)]);
  });

  it("fails where a package left none, though turbo ended well, and names it", async () => {
    await writePackage("thing-one", ["passed"]);
    await writePackage("thing-two", null);
    // Its configuration is gone, and its tests are there.
    await write("packages/thing-three/test/deep/a.test.ts", "");
    const { code, stdout } = await test();
    expect(code).toBe(1);
    for (const name of ["thing-two", "thing-three"]) expect(stdout).toContain(`\nfailed: packages/${name}: no tests were run\n`);
    expect(stdout).toMatch(/\n1 tests passed, 2 failed, .*\n$/);
  });

  it("does not ask for results of packages that --filter leaves out, but for some", async () => {
    await writePackage("thing-one", ["passed"]);
    await writePackage("thing-two", null);
    expect(await test(["--filter", "thing-one"])).toMatchObject({ code: 0, stdout: expect.stringContaining("1 tests passed, 0 failed") });
    await rm(join(folder, "prepared"), { recursive: true });
    expect(await test(["--filter", "thing-two"])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("failed: packages: no tests were run"),
    });
  });

  it("ends as turbo ended, where that is no success", async () => {
    await writePackage("thing-one", ["passed"]);
    expect(await test([], { TURBO_CODE: "3" })).toMatchObject({ code: 3 });
  });

  it("draws a seed that was asked for at random, so that turbo cannot take it for an earlier one", async () => {
    await writePackage("thing-one", ["passed"]);
    const seeds = await Promise.all(
      [1, 2].map(async () => {
        const { stdout } = await test([], { FUZZ_SEED: "random" });
        const [, said] = /FUZZ_SEED=(\d+)\n/.exec(stdout) ?? [];
        expect(stdout).toContain(`seed: ${said}\n`);
        return said;
      }),
    );
    expect(seeds[0]).not.toBe(seeds[1]);
    expect((await test([], { FUZZ_SEED: "7" })).stdout).toContain("seed: 7\n");
  });
});

describe("what CI counts", () => {
  /** As after `pnpm test`. */
  async function count(): Promise<string> {
    await cp(join(folder, "prepared"), join(folder, "packages"), { recursive: true });
    const { code, stdout } = await run(".ci/count-tests.mjs");
    expect(code).toBe(0);
    return stdout;
  }

  it("is the tests of pnpm test and of pnpm soak", async () => {
    await writePackage("thing-one", ["passed", "failed"], ["passed"]);
    // It leaves all of its soak out.
    await writePackage("thing-two", ["passed"], []);
    expect(await count()).toMatch(/\n3 1\n$/);
  });

  it("has a failure for each package whose soak left no results, or whose tests did not", async () => {
    await writePackage("thing-one", ["passed"], null);
    await writePackage("thing-two", null, ["passed"]);
    await writePackage("thing-three", ["passed"]);
    await write("packages/thing-three/test/a.soak.test.ts", "");
    const stdout = await count();
    expect(stdout).toMatch(/\n3 3\n$/);
    for (const name of ["thing-one: no tests of pnpm soak", "thing-two: no tests", "thing-three: no tests of pnpm soak"])
      expect(stdout).toContain(`\nfailed test: packages/${name} were run\n`);
  });
});
