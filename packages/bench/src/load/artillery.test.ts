import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runArtillery, type ArtilleryRun } from "./artillery.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "load-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A program in Artillery's place. @param body gets `report`, the file that it should write */
async function run(
  name: string,
  body: string,
  { signal = new AbortController().signal, limitMs = 30_000 }: Partial<Pick<ArtilleryRun, "signal" | "limitMs">> = {},
): Promise<{ ended: Promise<boolean | undefined>; log: string }> {
  const [program, report, log] = [`${name}.mjs`, `${name}.json`, `${name}.log`].map((file) => join(folder, file)) as [
    string,
    string,
    string,
  ];
  await writeFile(program, `import { writeFileSync } from "node:fs"; const [, , , , , report] = process.argv; ${body}`);
  const asked: ArtilleryRun = { script: "script.json", report, log, signal, limitMs, graceMs: 50, program };
  return { ended: runArtillery(asked), log };
}

describe("a run of Artillery", () => {
  it.each([
    [0, true],
    [1, false],
  ])("that ends with %i and a report says that its checks held: %s", async (code, held) => {
    const { ended, log } = await run(
      `code-${code}`,
      `console.log(process.argv[2], process.argv[3], process.env.ARTILLERY_DISABLE_TELEMETRY); writeFileSync(report, "{}"); process.exit(${code});`,
    );
    expect(await ended).toBe(held);
    expect(await readFile(log, "utf8")).toBe("run script.json 1\n");
  });

  it("that refuses its script is an error with what it said last", async () => {
    const { ended } = await run("refused", `console.error("scenario \\"chat\\", step 2 (read): no"); process.exit(11);`);
    await expect(ended).rejects.toThrow(/Artillery ended with 11, and left no result\. It said:\nscenario "chat", step 2 \(read\): no$/);
  });

  it("that leaves no report has not passed", async () => {
    const { ended } = await run("silent", "process.exit(0);");
    await expect(ended).rejects.toThrow(/Artillery ended with 0, and left no result/);
  });

  it("ends at Ctrl-C", async () => {
    const controller = new AbortController();
    const { ended } = await run("long", "setInterval(() => {}, 1000);", { signal: controller.signal });
    controller.abort();
    expect(await ended).toBeUndefined();
  });

  it("that is not done within its limit is ended, also where it does not heed that", async () => {
    const { ended } = await run("hanging", `process.on("SIGTERM", () => undefined); setInterval(() => {}, 1000);`, { limitMs: 500 });
    await expect(ended).rejects.toThrow(
      /^Artillery was not done after 0\.5 s, the most that this load takes\. It was ended: see .*\.log\.$/,
    );
  });
});
