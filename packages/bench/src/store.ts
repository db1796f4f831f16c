import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { messageOf, RefusedError, UsageError } from "./errors.ts";
import { RESULTS_SCHEMA, RESULTS_VERSION, resultsSchema, type Results } from "./results/schema.ts";

/** Where raw results and reports go. @throws UsageError where it cannot be written */
export async function prepare(dir: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true });
    await writeWhole(join(dir, ".writable"), "");
    await rm(join(dir, ".writable"));
  } catch (error) {
    throw new UsageError(`${dir} cannot be written: ${messageOf(error)}. Choose another with --out DIR.`, { cause: error });
  }
}

export async function saveResults(dir: string, results: Results): Promise<void> {
  await writeWhole(join(dir, "results.json"), JSON.stringify(results));
}

/** Beside it first, then in its place: a run that is cut off leaves the last whole file. */
export async function writeWhole(file: string, text: string): Promise<void> {
  await writeFile(`${file}.part`, text);
  await rename(`${file}.part`, file);
}

/** Raw results, as `results.json` or compressed as `results.json.gz`. @throws RefusedError where the file is not raw results of this version */
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
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new RefusedError("damaged", `${file} is damaged at ${issue?.path.join(".") ?? "its root"}: ${issue?.message ?? "unreadable"}.`, {
    cause: parsed.error,
  });
}

export function folderOf(file: string): string {
  return dirname(file);
}
