/** The commands that documents show. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readOptions, type Options } from "../src/options.ts";

const root = new URL("../../../", import.meta.url);

/** The options of each campaign that a document shows: `chaos` in code, with what is behind it. Soaks have options of their own. */
async function campaignsIn(path: string): Promise<readonly { readonly shown: string; readonly options: Options }[]> {
  const text = await readFile(fileURLToPath(new URL(path, root)), "utf8");
  const shown = [...text.matchAll(/(?:`|pnpm@12 )chaos((?:\s+--[a-z-]+\s+[^\s`]+)+)/g)].map(([, argv = ""]) =>
    argv.trim().replaceAll(/\s+/g, " "),
  );
  return shown.map((argv) => ({ shown: argv, options: readOptions(argv.split(" ")) }));
}

const documents = await Promise.all(
  ["RELIABILITY.md", "packages/chaos/README.md"].map(async (path) => ({ path, campaigns: await campaignsIn(path) })),
);
const shown = documents.flatMap(({ campaigns }) => campaigns);

/** 20,411 streams and 226 deaths took 43 minutes on two busy cores. */
const MS_A_STREAM = (43 * 60_000) / 20_411;

describe("a campaign that a document shows", () => {
  it.each(documents)("is read in $path, where its figures are", ({ campaigns }) => {
    expect(campaigns.map(({ options }) => options)).toContainEqual(expect.objectContaining({ seed: 61, streams: 10_000, kills: 200 }));
  });

  it.each(shown.filter(({ options }) => options.only === undefined))(
    "has the time that it needs: chaos $shown",
    ({ options: { streams, transports, budgetMs } }) => {
      expect(budgetMs).toBeGreaterThan(streams * transports.length * MS_A_STREAM);
    },
  );
});
