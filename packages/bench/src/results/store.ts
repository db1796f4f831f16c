import { existsSync } from "node:fs";
import { appendFile, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { z } from "zod";
import { messageOf, RefusedError, UsageError } from "../usage/errors.ts";
import { blockSchema, RESULTS_SCHEMA, RESULTS_VERSION, resultsSchema, type Block, type Results } from "./schema.ts";

/** Where raw results and reports go. @throws UsageError where it cannot be written */
export async function prepare(dir: string): Promise<void> {
  try {
    await makeFolder(resolve(dir));
    await writeWhole(join(dir, ".writable"), "");
    await rm(join(dir, ".writable"));
  } catch (error) {
    throw new UsageError(`${dir} cannot be written: ${messageOf(error)}. Choose another with --out DIR.`, { cause: error });
  }
}

/** Folder by folder. Node's own `recursive` never ends where the kernel says ENOENT of a folder that could not be made, as in /proc. */
async function makeFolder(dir: string): Promise<void> {
  if (existsSync(dir)) return;
  await makeFolder(dirname(dir));
  await mkdir(dir);
}

/** Before a long computation whose result goes into a file. @throws UsageError where it cannot be written */
export async function prepareFile(file: string, option: string): Promise<void> {
  try {
    await writeWhole(`${file}.writable`, "");
    await rm(`${file}.writable`);
  } catch (error) {
    throw new UsageError(`${file} cannot be written: ${messageOf(error)}. Choose another with ${option} FILE.`, { cause: error });
  }
}

/** The whole run; what the journal held is part of it. */
export async function saveResults(dir: string, results: Results): Promise<void> {
  const file = join(dir, "results.json");
  await writeWhole(file, JSON.stringify(results));
  await rm(journalOf(file), { force: true });
}

/** Blocks that the results hold and their file does not yet. A journal, because to write the whole run after each block costs more with each: minutes, of a long one. */
export async function appendBlocks(dir: string, scenario: string, blocks: readonly Block[]): Promise<void> {
  const lines = blocks.map((block) => `${JSON.stringify({ scenario, block })}\n`);
  await appendFile(journalOf(join(dir, "results.json")), lines.join(""));
}

function journalOf(file: string): string {
  return `${file}.journal`;
}

/** Beside it first, then in its place: a run that is cut off leaves the last whole file. */
export async function writeWhole(file: string, text: string): Promise<void> {
  await writeFile(`${file}.part`, text);
  await rename(`${file}.part`, file);
}

/**
 * Raw results, as `results.json` or compressed as `results.json.gz`, with what a run that was cut off has left in its journal.
 *
 * @throws RefusedError where the file is not raw results of this version
 */
export async function loadResults(file: string): Promise<Results> {
  let text: string;
  try {
    const bytes = await readFile(file);
    text = (file.endsWith(".gz") ? await promisify(gunzip)(bytes) : bytes).toString("utf8");
  } catch (error) {
    throw new RefusedError("unreadable", `${file} cannot be read: ${messageOf(error)}.`, { cause: error });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new RefusedError("not-json", `${file} is not JSON: ${messageOf(error)}.`, { cause: error });
  }
  if (typeof value !== "object" || value === null || !("schema" in value) || value.schema !== RESULTS_SCHEMA) {
    throw new RefusedError("other-schema", `${file} is not a results.json of this benchmark (its schema is not ${RESULTS_SCHEMA}).`);
  }
  if (!("version" in value) || value.version !== RESULTS_VERSION) {
    throw new RefusedError(
      "other-version",
      `${file} is of version ${"version" in value ? String(value.version) : "none"}; this program reads version ${RESULTS_VERSION}.`,
    );
  }
  const parsed = resultsSchema.safeParse(value);
  if (parsed.success) return await withJournal(file, parsed.data);
  const [issue] = parsed.error.issues;
  throw new RefusedError("damaged", `${file} is damaged at ${issue?.path.join(".") ?? "its root"}: ${issue?.message ?? "unreadable"}.`, {
    cause: parsed.error,
  });
}

const journalSchema = z.object({ scenario: z.string(), block: blockSchema });

async function withJournal(file: string, results: Results): Promise<Results> {
  let text: string;
  try {
    text = await readFile(journalOf(file), "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return results;
    throw new RefusedError("unreadable", `${journalOf(file)} cannot be read: ${messageOf(error)}.`, { cause: error });
  }
  // Behind the last line's end is what a crash has cut.
  for (const line of text.split("\n").slice(0, -1)) {
    const { scenario, block } = journalLine(file, line);
    const result = results.scenarios.find(({ name }) => name === scenario);
    if (result === undefined)
      throw new RefusedError("damaged", `${journalOf(file)} has a block of ${scenario}, which is not in the results.`);
    // A crash may have come between the whole file and the journal's end.
    if (!result.blocks.some((one) => isSamePlace(one, block))) result.blocks.push(block);
  }
  return results;
}

function journalLine(file: string, line: string): z.infer<typeof journalSchema> {
  try {
    return journalSchema.parse(JSON.parse(line));
  } catch (error) {
    throw new RefusedError("damaged", `${journalOf(file)} has a line that is not a block.`, { cause: error });
  }
}

function isSamePlace(a: Block, b: Block): boolean {
  return a.condition === b.condition && a.arm === b.arm && a.pair === b.pair && a.position === b.position;
}

export function folderOf(file: string): string {
  return dirname(file);
}
