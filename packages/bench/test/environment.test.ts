import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
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
