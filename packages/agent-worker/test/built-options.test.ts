import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startWorker, writeOptions, type BuiltWorker } from "@agent-transports/worker-host";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");

/** A copy of this package's Worker as the build has left it, in a folder of the test's own. */
let built: BuiltWorker;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "built-options-"));
  built = { config: join(folder, "wrangler.jsonc"), script: join(folder, "worker.js") };
  await cp(join(root, "wrangler.jsonc"), built.config);
  for (const file of ["worker.js", "miniflare-options.json"]) await cp(join(root, "dist", "worker", file), join(folder, file));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("the options that a build leaves beside a Worker's bundle", () => {
  it("name what wrangler.jsonc binds, no path of this machine, and no value of .dev.vars", async () => {
    await writeFile(join(folder, ".dev.vars"), "OPENAI_API_KEY=a-secret\n");
    await writeOptions(built);
    const text = await readFile(join(folder, "miniflare-options.json"), "utf8");
    expect(JSON.parse(text)).toMatchObject({
      options: {
        compatibilityFlags: ["nodejs_compat"],
        durableObjects: { TransportAgent: { className: "TransportAgent", useSQLite: true } },
      },
    });
    expect(text).not.toContain(folder);
    expect(text).not.toContain("a-secret");
  });

  it("start the Worker", async () => {
    const host = await startWorker(built);
    try {
      expect((await fetch(new URL("/agents/transport-agent/a/runs", host.url))).status).toBe(200);
    } finally {
      await host.dispose();
    }
  });

  it("are refused where the configuration has changed since: the bundle is of before, too", async () => {
    await writeFile(built.config, `${await readFile(built.config, "utf8")}\n// Changed.\n`);
    await expect(startWorker(built)).rejects.toMatchObject({
      code: "not_built",
      message: `${built.config} has changed since the Worker was built. Build it again: pnpm build.`,
    });
  });

  it("say to build where there are none", async () => {
    await rm(join(folder, "miniflare-options.json"));
    await expect(startWorker(built)).rejects.toMatchObject({ code: "not_built", message: expect.stringContaining("pnpm build") });
  });
});
