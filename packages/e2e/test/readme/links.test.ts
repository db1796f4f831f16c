import { existsSync, globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { root, slugOf } from "./blocks.ts";

const paths = globSync(["*.md", "docs/*.md", "packages/*/README.md", "packages/*/*/README.md", "reports/*/README.md"], {
  cwd: root,
  exclude: ["**/node_modules/**"],
}).sort();
const read = (path: string): Promise<string> => readFile(join(root, path), "utf8");

/** Without fenced blocks, in which brackets are code. */
const prose = async (path: string): Promise<string> => (await read(path)).replaceAll(/^ *(`{3,})[^\n]*\n[\s\S]*?^ *\1$/gm, "");

describe("documents", () => {
  it.each(paths)("%s has no broken link", async (path) => {
    const broken: string[] = [];
    for (const [, target = ""] of (await prose(path)).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [file = "", anchor] = target.split("#");
      const there = file === "" ? path : relative(root, join(root, dirname(path), file));
      if (!existsSync(join(root, there))) broken.push(target);
      else if (anchor !== undefined && !(await anchorsOf(there)).has(anchor)) broken.push(target);
    }
    expect(broken).toEqual([]);
  });

  it("docs/troubleshooting.md lists every error code", async () => {
    const files = ["packages/protocol/src/errors.ts", "packages/client-core/src/errors/transport-error.ts"];
    const sources = (await Promise.all(files.map(read))).join("\n");
    const unions = [...sources.matchAll(/^export type \w+ErrorCode =[\s\S]*?;$/gm)].map(([union]) => union).join();
    const codes = [...unions.matchAll(/^ {2}\| "(\w+)"/gm)].map(([, code]) => code);
    expect(codes.length).toBeGreaterThan(25);
    const page = await read("docs/troubleshooting.md");
    expect(codes.filter((code) => !page.includes(`\`${code}\``))).toEqual([]);
  });
});

async function anchorsOf(path: string): Promise<ReadonlySet<string>> {
  const titles = [...(await prose(path)).matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) => slugOf(title));
  // GitHub counts on where a title comes again.
  return new Set(
    titles
      .map((slug, at) => [slug, titles.slice(0, at).filter((one) => one === slug).length] as const)
      .map(([slug, n]) => (n === 0 ? slug : `${slug}-${n}`)),
  );
}
