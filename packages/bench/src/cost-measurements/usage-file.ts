import { z } from "zod";
import { measuredArmSchema } from "../cost/measured-arm.ts";
import { pricesSchema, type Prices } from "../cost/prices.ts";
import { environmentSchema } from "../results/schema.ts";
import { RefusedError } from "../usage/errors.ts";
import { checked, readJson } from "../usage/json-file.ts";

const USAGE_SCHEMA = "agent-transports/billed-usage";
const USAGE_VERSION = 1;

const usageFileSchema = z.object({
  schema: z.literal(USAGE_SCHEMA),
  version: z.literal(USAGE_VERSION),
  /** ISO 8601. */
  startedAt: z.string(),
  environment: environmentSchema,
  pauseMs: z.number(),
  arms: z.array(measuredArmSchema).min(1),
});

/** What was counted, and where. */
export type UsageFile = z.infer<typeof usageFileSchema>;

export function usageFile(measured: Omit<UsageFile, "schema" | "version">): UsageFile {
  return { schema: USAGE_SCHEMA, version: USAGE_VERSION, ...measured };
}

/** @throws RefusedError where the file is not one that `bench cost` has left */
export async function loadUsage(file: string): Promise<UsageFile> {
  const value = await readJson(file);
  if (typeof value !== "object" || value === null || !("schema" in value) || value.schema !== USAGE_SCHEMA)
    throw new RefusedError("other-schema", `${file} is no usage that bench cost has measured (its schema is not ${USAGE_SCHEMA}).`);
  if (!("version" in value) || value.version !== USAGE_VERSION)
    throw new RefusedError("other-version", `${file} is not of version ${USAGE_VERSION}. Measure again: leave --usage out.`);
  return checked(file, usageFileSchema, value);
}

/** @throws RefusedError where the file does not have each price */
export async function loadPrices(file: string): Promise<Prices> {
  return checked(file, pricesSchema, await readJson(file));
}
