import { readFile } from "node:fs/promises";
import type { z } from "zod";
import { messageOf, RefusedError } from "./errors.ts";

/** A file of JSON that somebody has given. @throws RefusedError where it cannot be read, or is none */
export async function readJson(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw new RefusedError("unreadable", `${file} cannot be read: ${messageOf(error)}.`, { cause: error });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RefusedError("not-json", `${file} is not JSON: ${messageOf(error)}.`, { cause: error });
  }
}

/** What a file holds, by its schema. @throws RefusedError that names the place where it is wrong */
export function checked<Value>(file: string, schema: z.ZodType<Value>, value: unknown): Value {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new RefusedError("damaged", `${file} is wrong at ${issue?.path.join(".") || "its root"}: ${issue?.message ?? "unreadable"}.`, {
    cause: result.error,
  });
}
