import { globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "../../..");

/** vitest's `expect.poll` asks which test it is in, and is refused where another one that ran at the same time has just ended. */
it("no test that runs at once with others, and no helper of tests, polls with expect.poll", async () => {
  const files = globSync("packages/*/{src,test}/**/*.ts", { cwd: root });
  const texts = await Promise.all(files.map(async (file) => ({ file, text: await readFile(join(root, file), "utf8") })));
  const polling = texts.filter(({ file, text }) => /\bexpect\s*\.poll\(/.test(text) && !file.endsWith("concurrent-tests.test.ts"));
  expect(polling.length).toBeGreaterThan(10);
  const wrong = polling.filter(({ file, text }) => !file.endsWith(".test.ts") || /\.concurrent\b/.test(text));
  expect(wrong.map(({ file }) => file)).toEqual([]);
});
