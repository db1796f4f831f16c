import { globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");

/** What a file imports at run time: types are gone by then. */
async function importsOf(file: string): Promise<readonly string[]> {
  const source = await readFile(join(root, file), "utf8");
  return [...source.matchAll(/^(?:import|export)\s(?!type\s)[^;]*?from "([^"]+)"/gm)].map(([, specifier]) => specifier!);
}

describe("what is published", () => {
  it("imports only Node, itself and its dependencies: lab and Artillery are not there", async () => {
    const { dependencies } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { dependencies: Record<string, string> };
    const found: string[] = [];
    for (const file of globSync("src/**/*.ts", { cwd: root, exclude: ["**/*.test.ts"] })) {
      for (const specifier of await importsOf(file))
        if (!/^(node:|\.)/.test(specifier) && !(specifier in dependencies)) found.push(`${file} → ${specifier}`);
    }
    expect(found).toEqual([]);
  });
});

describe("what k6 runs", () => {
  it("imports only k6's modules, and files that import nothing else: k6 has neither Node nor npm", async () => {
    const waiting = globSync("k6/*.ts", { cwd: root, exclude: ["**/*.d.ts"] });
    const seen = new Set<string>();
    const others: string[] = [];
    for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
      if (seen.has(file)) continue;
      seen.add(file);
      for (const specifier of await importsOf(file)) {
        if (specifier.startsWith(".")) waiting.push(relative(root, join(root, dirname(file), specifier)));
        else if (!/^k6(\/|$)/.test(specifier)) others.push(`${file} → ${specifier}`);
      }
    }
    expect(others).toEqual([]);
    // The one list of both tools is among them.
    expect([...seen]).toEqual(
      expect.arrayContaining([
        "src/metrics/metric-list.ts",
        "src/plan/scenario-list.ts",
        "src/plan/thresholds.ts",
        "src/check/event-check.ts",
      ]),
    );
  });
});
