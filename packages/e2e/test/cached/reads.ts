import { globSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "./turbo.ts";

/** Of a path, what is known when it runs only. */
const ANY = "*";
const CALL = /\b(join|new URL)\(((?:[^()]|\([^()]*\))*)\)/g;
const ARGUMENT = /"([^"]*)"|`([^`]*)`|([^\s,][^,]*)/g;
const HERE = /^import\.meta\.(?:dirname|url)$/;
/** `"docs/cost.md"`, `"docs/*.md"`. One with `**` looks through sources, which turbo.json of e2e says of its tests. */
const FILE = /^(?!.*\*\*)[\w@.*-]+(?:\/[\w@.*-]+)*\.\w+$/;

/**
 * Files outside its package that a source reads, by what is written in it: paths from the source itself, and paths from a folder that it has
 * named so.
 *
 * @param path from the root
 */
export function readsOutside(path: string, text: string): readonly string[] {
  const ownPackage = path.split("/").slice(0, 2).join("/");
  const calls = [...text.matchAll(CALL)].map(([, name, given = ""]) =>
    name === "join" ? argumentsOf(given) : argumentsOf(given).toReversed(),
  );
  const fromHere = calls.filter((call) => call.some((part) => HERE.test(part))).map((call) => pathOf(dirname(path), call));
  // vitest takes paths in a configuration from its folder.
  if (path.endsWith("/vitest.config.ts"))
    fromHere.push(
      ...literalsOf(text)
        .filter(isUpwards)
        .map((file) => join(ownPackage, file)),
    );
  const folders = new Set([...fromHere.map(folderOf), ...(importsRoot(text) ? ["."] : [])]);
  const fromFolders = calls.filter((call) => !call.some((part) => HERE.test(part)));
  const behind = [...folders].flatMap((folder) => fromFolders.map((call) => pathOf(folder, call.slice(1))));
  for (const folder of behind.map(folderOf)) folders.add(folder);
  const named = [...folders].flatMap((folder) =>
    literalsOf(text)
      .filter((file) => FILE.test(file))
      .map((file) => join(folder, file)),
  );
  const patterns = new Set([...fromHere, ...behind, ...named].filter((one) => isOutside(one, ownPackage)));
  return [...new Set([...patterns].flatMap(filesAt))].filter((file) => isOutside(file, ownPackage)).toSorted();
}

/** Each one's text. A variable, or a template's, can be anything. */
function argumentsOf(given: string): string[] {
  return [...given.matchAll(ARGUMENT)].map(([, quoted, template, other = ""]) => {
    if (quoted !== undefined) return quoted;
    if (template !== undefined) return withoutVariables(template);
    return HERE.test(other.trim()) ? other.trim() : ANY;
  });
}

const withoutVariables = (template: string): string => template.replaceAll(/\$\{[^}]*\}/g, ANY);

/** What is compared with is a name, and nothing is read by it. */
function literalsOf(text: string): string[] {
  return [...text.replaceAll(/[!=]== (?:"[^"\n]*"|`[^`\n]*`)/g, "").matchAll(/"([^"\n]*)"|`([^`\n]*)`/g)].map(
    ([, quoted, template = ""]) => quoted ?? withoutVariables(template),
  );
}

function pathOf(folder: string, call: readonly string[]): string {
  return join(folder, ...call.filter((part) => !HERE.test(part)));
}

/** What ends with a variable is a folder, and what is named elsewhere is in it. */
function folderOf(path: string): string {
  return path === ANY || path.endsWith(`/${ANY}`) ? dirname(path) : path;
}

const isUpwards = (path: string): boolean => path.startsWith("../");

const importsRoot = (text: string): boolean => /^import \{[^}]*\broot\b[^}]*\} from "\.\.?\//m.test(text);

const isOutside = (path: string, ownPackage: string): boolean =>
  !isUpwards(path) && path !== ownPackage && !path.startsWith(`${ownPackage}/`);

/** What a build has made is no file of the repository. */
const exclude = ["**/node_modules/**", "**/dist/**", "**/test-results*.json", "packages/agent-worker/public/**"];

function filesAt(pattern: string): string[] {
  if (pattern.endsWith(`/${ANY}`) || pattern === ANY) return [];
  return globSync(pattern, { cwd: root, exclude, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(root, "/").length));
}
