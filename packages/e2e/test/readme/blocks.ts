import { globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

export const root: string = join(import.meta.dirname, "../../../..");

/** A fenced block of a document. */
export interface Block {
  /** `<package or path>#<heading>`, and `.2` for the second program under one heading. */
  readonly id: string;
  readonly language: string;
  readonly code: string;
  /** From the comment `<!-- not checked: <reason> -->` on the line above it. */
  readonly notChecked: string | undefined;
}

/** Every document whose examples people copy. */
export async function readDocuments(): Promise<readonly Block[]> {
  const paths = ["README.md", "PROTOCOL.md", ...globSync(["packages/*/README.md", "docs/*.md"], { cwd: root })].sort();
  const documents = await Promise.all(paths.map(async (path) => ({ path, text: await readFile(join(root, path), "utf8") })));
  return documents.flatMap(({ path, text }) =>
    blocksOf(basename(path) === "README.md" && dirname(path) !== "." ? basename(dirname(path)) : path, text),
  );
}

/** @throws SyntaxError where a block does not end */
export function blocksOf(document: string, markdown: string): readonly Block[] {
  const blocks: Block[] = [];
  const programs = new Map<string, number>();
  let heading = "";
  let notChecked: string | undefined;
  const lines = markdown.split("\n");
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    const fence = /^(`{3,})(\w*)/.exec(line);
    if (fence === null) {
      const title = /^#{2,} (.+)/.exec(line)?.[1];
      if (title !== undefined) heading = slugOf(title);
      notChecked = /^<!-- not checked: (.+) -->$/.exec(line)?.[1];
      continue;
    }
    const end = lines.indexOf(fence[1] ?? "", at + 1);
    if (end === -1) throw new SyntaxError(`${document}, line ${at + 1}: a block does not end.`);
    const language = fence[2] ?? "";
    const id = `${document}#${heading}`;
    const count = (programs.get(id) ?? 0) + (isProgram(language) ? 1 : 0);
    programs.set(id, count);
    const code = `${lines.slice(at + 1, end).join("\n")}\n`;
    blocks.push({ id: count > 1 ? `${id}.${count}` : id, language, code, notChecked });
    notChecked = undefined;
    at = end;
  }
  return blocks;
}

export function isProgram(language: string): boolean {
  return ["ts", "tsx", "js", "jsx", "mjs", "typescript", "javascript"].includes(language);
}

/** The lines of shell blocks that ask an Agent for something. */
export function curlsOf(blocks: readonly Block[]): readonly { readonly id: string; readonly command: string }[] {
  return blocks
    .filter(({ language }) => language === "sh" || language === "bash")
    .flatMap(({ id, code }) =>
      code
        .split("\n")
        .filter((line) => line.startsWith("curl "))
        .map((command) => ({ id, command })),
    );
}

/** As GitHub's anchors. */
export function slugOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\w\s-]/g, "")
    .trim()
    .replaceAll(/\s/g, "-");
}
