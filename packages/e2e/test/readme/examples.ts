import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { compile, type TypeScriptError } from "../tsc.ts";
import { root, type Block } from "./blocks.ts";

/** What stands in the documents for where an Agent is. */
export const PLACEHOLDER = "https://my-agent.example.workers.dev";

/** A folder in which examples find what they import. */
export class Examples {
  readonly folder: string;
  #files = 0;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** @param packages whose dependencies they may import */
  static async create(packages: readonly string[]): Promise<Examples> {
    const examples = new Examples(await mkdtemp(join(tmpdir(), "examples-")));
    for (const name of packages) await linkAll(join(root, "packages", name, "node_modules"), join(examples.folder, "node_modules"));
    await writeFile(join(examples.folder, "package.json"), JSON.stringify({ type: "module" }));
    return examples;
  }

  /** Type-checks each block as a module of its own. @returns errors by the block's id */
  async check(blocks: readonly Block[]): Promise<ReadonlyMap<string, readonly TypeScriptError[]>> {
    const errors = new Map<string, readonly TypeScriptError[]>();
    const base = { target: "es2023", module: "nodenext", moduleDetection: "force", skipLibCheck: true, noEmit: true, jsx: "react-jsx" };
    const inWorkers = (block: Block): boolean => block.code.includes("ExportedHandler");
    for (const [options, group] of [
      [
        { ...base, lib: ["es2023", "dom", "dom.iterable", "dom.asynciterable"], types: ["node"] },
        blocks.filter((block) => !inWorkers(block)),
      ],
      [{ ...base, lib: ["es2023"], types: ["@cloudflare/workers-types"] }, blocks.filter(inWorkers)],
    ] as const) {
      const files = await Promise.all(group.map((block) => this.#write(block)));
      const found = await compile("7", this.folder, files, options);
      for (const [index, block] of group.entries()) {
        const own = found.filter(({ file }) => file === files[index]);
        errors.set(block.id, own);
      }
      const rest = found.filter(({ file }) => !files.includes(file));
      if (rest.length > 0) throw new Error(`Not of an example: ${JSON.stringify(rest)}`);
    }
    return errors;
  }

  /** Runs it as a program, types stripped by Node. @returns what it prints @throws Error with that, where it fails */
  async run(block: Block, replaced: Replaced = {}, options: readonly string[] = [], limitMs = 55_000): Promise<string> {
    const file = await this.#write(block, replaced);
    try {
      return (await promisify(execFile)(process.execPath, [...options, file], { cwd: this.folder, timeout: limitMs })).stdout;
    } catch (cause) {
      const { message, stdout } = cause as Error & { readonly stdout: string };
      throw new Error(`${message}\n${stdout}`, { cause });
    }
  }

  /** Imports it as a module. */
  async load(block: Block, replaced: Replaced): Promise<unknown> {
    const file = await this.#write(block, replaced);
    return import(/* @vite-ignore */ pathToFileURL(join(this.folder, file)).href);
  }

  /** Puts it, or code that imports it from `./<file>`, into one script for a page or a Worker. @returns the script's path */
  async bundle(block: Block, replaced: Replaced, entry?: (file: string) => string): Promise<string> {
    const file = await this.#write(block, replaced);
    const outfile = join(this.folder, "bundled", file.replace(/\.\w+$/, ".js"));
    await build({
      ...(entry === undefined
        ? { entryPoints: [join(this.folder, file)] }
        : { stdin: { contents: entry(file), resolveDir: this.folder, loader: "tsx" } }),
      outfile,
      bundle: true,
      format: "esm",
      target: "es2022",
      jsx: "automatic",
      define: { "process.env.NODE_ENV": '"development"' },
    });
    return outfile;
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }

  async #write(block: Block, replaced: Replaced = {}): Promise<string> {
    const file = `${block.id.replaceAll(/[^\w-]+/g, "-")}-${(this.#files += 1)}.${block.language}`;
    await writeFile(join(this.folder, file), replace(block.code, replaced));
    return file;
  }
}

/** What of a text is another in a test. */
export type Replaced = Readonly<Record<string, string>>;

/** @throws RangeError where a text is not there */
export function replace(text: string, replaced: Replaced): string {
  for (const [from, to] of Object.entries(replaced)) {
    if (!text.includes(from)) throw new RangeError(`There is no ${from} in ${text}`);
    text = text.replaceAll(from, to);
  }
  return text;
}

/** Links each package of a `node_modules` into another one, unless it is there. */
async function linkAll(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  const there = await readdir(to);
  for (const name of await readdir(from)) {
    if (name.startsWith("@")) await linkAll(join(from, name), join(to, name));
    else if (!name.startsWith(".") && !there.includes(name)) await symlink(join(from, name), join(to, name));
  }
}
