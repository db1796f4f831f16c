/** What comments, errors and documents name is there. A cached run does not see other packages' comments; CI's does, since it takes none from a cache. */
import { globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { root } from "./blocks.ts";

const exclude = ["**/node_modules/**", "**/dist/**", "**/tarballs/**", "bench-results/**"];
const files: readonly string[] = globSync(["*", ".*/*", "{docs,scripts,reports,.github}/**/*", "packages/**/*", "packages/**/.*"], {
  cwd: root,
  exclude,
}).sort();
const there = new Set(files);

const sources = files.filter(
  (path) => /\.(?:[mc]?tsx?|[mc]js|jsonc|ya?ml)$|\/turbo\.json$|^\.ci\/run$/.test(path) && path !== "pnpm-lock.yaml",
);
const documents = files.filter((path) => path.endsWith(".md") && !path.endsWith("CHANGELOG.md"));
const read = (path: string): Promise<string> => readFile(join(root, path), "utf8");

/** The package of a file, or the root. */
const packageOf = (path: string): string => /^packages\/[^/]+\//.exec(path)?.[0] ?? "";

/** Comments, a line each, by the number of the line. */
function commentsOf(text: string): [line: number, comment: string][] {
  return text.split("\n").flatMap((line, at): [number, string][] => {
    const comment = /^\s*(?:\/\/|\/\*+|\*|#)(.*)|[\s;{(,]\/\/ (.*)|\s\/\*\* (.*)\*\//.exec(line);
    return comment === null ? [] : [[at + 1, comment.slice(1).find((one) => one !== undefined) ?? ""]];
  });
}

/** Each place of these files' text where something is named that is not there. */
async function missing(
  paths: readonly string[],
  inComments: boolean,
  faultsIn: (text: string, path: string) => string[],
): Promise<string[]> {
  const found = await Promise.all(
    paths.map(async (path) => {
      const text = await read(path);
      const lines = inComments ? commentsOf(text) : text.split("\n").map((line, at): [number, string] => [at + 1, line]);
      return lines.flatMap(([line, comment]) => faultsIn(comment, path).map((fault) => `${path}:${line}: ${fault}`));
    }),
  );
  return found.flat();
}

/** What a build or a person makes, what stands for any, and what a test makes up. */
const NOT_HERE = /\/(dist|node_modules)\/|\/\.dev\.vars$|[*{}<>…]|^packages\/thing\b/;

it("each path of this repository is there", async () => {
  const folders = new Set(files.flatMap((path) => [...path.matchAll(/\//g)].map(({ index }) => path.slice(0, index))));
  const faults = await missing([...sources, ...documents], false, (text) =>
    [...text.matchAll(/(?<![\w/.-])packages\/[\w@.-]+(?:\/[\w@.*{},<>-]+)*/g)]
      .map(([path]) => path.replace(/[.,]+$/, ""))
      .filter((path) => !NOT_HERE.test(path) && !there.has(path) && !folders.has(path)),
  );
  expect(faults).toEqual([]);
});

/** A file, by its name or by a path. */
const FILE = /(?<![\w/.@$*-])(?:[\w.-]+\/)*\w[\w.-]*\.(?:[mc]?tsx?|[mc]js|md|jsonc)\b(?![\w(/])/g;

it("each file that a comment names is there, in its own package where no path says which", async () => {
  const faults = await missing(sources, true, (comment, path) =>
    [...comment.matchAll(FILE)].map(([name]) => name).filter((name) => !WRITTEN.has(name) && !isThere(name, path)),
  );
  expect(faults).toEqual([]);
});

it("each file of ours that a document names is there", async () => {
  const faults = await missing(documents, false, (text, path) =>
    [...text.matchAll(/(?:`|not checked: a part of )((?:src|test|scripts|\.ci)\/[\w./-]+\.\w+|[\w./-]+\.[mc]?ts)\b/g)]
      .map(([, name = ""]) => name)
      .filter((name) => !name.endsWith(".d.ts") && !WRITTEN.has(name) && !isThere(name, path)),
  );
  expect(faults).toEqual([]);
});

/** By a command of the benchmark, and by who follows a document. */
const WRITTEN: ReadonlySet<string> = new Set(["report.md", "answer.test.ts"]);

function isThere(name: string, from: string): boolean {
  if (there.has(name)) return true;
  const own = packageOf(from);
  return files.some((path) => path.startsWith(own) && (path.endsWith(`/${name}`) || (own === "" && basename(path) === name)));
}

it("each {@link …} in a comment leads to a name that its file knows", async () => {
  const links = /\{@link (\w+)[\w.]*\}/g;
  const faults: string[] = [];
  for (const path of sources) {
    const text = await read(path);
    const code = text.replaceAll(links, "");
    for (const [link, name] of text.matchAll(links)) if (!new RegExp(`\\b${name}\\b`).test(code)) faults.push(`${path}: ${link}`);
  }
  expect(faults).toEqual([]);
});

it("each clause of PROTOCOL.md is there", async () => {
  const protocol = await read("PROTOCOL.md");
  const clauses = new Set([...protocol.matchAll(/^#+ (\d+(?:\.\d+)?)\.? /gm)].map(([, clause]) => clause));
  // Those of §7 are a numbered list.
  const conformance = protocol.slice(protocol.search(/^## 7\.? /m), protocol.search(/^## 8\.? /m));
  for (const [, item] of conformance.matchAll(/^(\d+)\. /gm)) clauses.add(`7.${item}`);
  expect(clauses.size).toBeGreaterThan(25);
  const faults = await missing([...sources, ...documents], false, (text, path) =>
    [...text.matchAll(path === "PROTOCOL.md" ? /(?<!RFC \d+ )§(\d+(?:\.\d+)?)/g : /PROTOCOL\.md,? §(\d+(?:\.\d+)?)/g)]
      .filter(([, clause]) => !clauses.has(clause))
      .map(([reference]) => reference),
  );
  expect(faults).toEqual([]);
});

it("each heading that is quoted behind a document's name is there", async () => {
  const quotes = /\b(?<name>(?:[\w-]+\/)*[\w-]+\.md)[`)]*,? (?:“(?<curly>[^”\n]+)”|"(?<straight>[A-Z][^"\n]+)")/g;
  const found: string[] = [];
  const faults: string[] = [];
  for (const path of [...sources, ...documents]) {
    for (const { 0: reference, groups = {} } of (await read(path)).matchAll(quotes)) {
      found.push(reference);
      const { name = "", curly, straight } = groups;
      const document = there.has(name) ? name : `${packageOf(path)}${name}`;
      const titles = there.has(document) ? [...(await read(document)).matchAll(/^#+ (.+)$/gm)].map(([, title]) => title) : [];
      if (!titles.includes(curly ?? straight)) faults.push(`${path}: ${reference}`);
    }
  }
  expect(found.length).toBeGreaterThan(5);
  expect(faults).toEqual([]);
});

it("no report names a folder of the machine that made it", async () => {
  const reports = files.filter((path) => /^reports\/.*\.(?:md|html|json|gz)$/.test(path));
  expect(reports.length).toBeGreaterThan(5);
  const faults: string[] = [];
  for (const path of reports) {
    const bytes = await readFile(join(root, path));
    const text = (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
    const away = [...text.matchAll(/(?:\.\.\/)+[\w./-]+/g)].map(([way]) => way).filter((way) => !there.has(join(dirname(path), way)));
    const absolute = [...text.matchAll(/(?<![\w.:/-])\/(?:home|root|tmp|Users|work|var)\/[\w./-]+/g)].map(([way]) => way);
    for (const way of new Set([...away, ...absolute])) faults.push(`${path}: ${way}`);
  }
  expect(faults).toEqual([]);
});
