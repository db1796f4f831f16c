import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { needs } from "@agent-transports/lab/needs";
import { caddy, chromium, haproxy, nginx } from "@agent-transports/lab/tools";
import { readEnvironment } from "../src/run/environment.ts";

it("a run writes down the version of each library that a peer is made of", async () => {
  const manifest: { dependencies: Record<string, string> } = JSON.parse(
    await readFile(join(import.meta.dirname, "../../peers/package.json"), "utf8"),
  );
  const { versions } = await readEnvironment();
  // Chromium is driven by it, and says its own version.
  const libraries = Object.keys(manifest.dependencies).filter(
    (name) => !name.startsWith("@agent-transports/") && name !== "playwright-core",
  );
  expect(libraries).toContain("eventsource");
  expect(libraries.filter((name) => !/^\d/.test(versions[name] ?? ""))).toEqual([]);
});

it(
  "a run writes down the version of each program that stands between client and Worker",
  needs(chromium, nginx, haproxy, caddy),
  async () => {
    const { versions } = await readEnvironment();
    expect(["chromium", "nginx", "haproxy", "caddy"].filter((name) => !/^\d+\.\d+/.test(versions[name] ?? ""))).toEqual([]);
  },
);
