/** Writes schema/*.json from the zod schemas: `node ci/write-schemas.ts`. A test says when they are out of date. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { publishedSchemas } from "./published-schemas.ts";

const folder = join(import.meta.dirname, "..", "schema");
await mkdir(folder, { recursive: true });
for (const [name, text] of publishedSchemas()) await writeFile(join(folder, name), text);
