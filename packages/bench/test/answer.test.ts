/** `bench answer`, of the committed run on a network. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { main } from "../src/cli/main.ts";
import { sessionKinds } from "../src/sessions/kinds.ts";

const network = fileURLToPath(new URL("../../../reports/network/results.json.gz", import.meta.url));

let printed: string;
let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "answer-"));
  printed = "";
  vi.spyOn(console, "log").mockImplementation((text: string) => void (printed += `${text}\n`));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(dir, { recursive: true });
});

describe("bench answer", () => {
  it("has a row for each kind of session at each place, and says what was not measured", async () => {
    expect(await main(["answer", network, "--markdown"])).toBe(0);
    for (const { title } of sessionKinds) expect(printed).toContain(`| ${title}, 100 ms round trip |`);
    expect(printed).toContain("`npx -y pnpm@12 bench answer");
    expect(printed).toMatch(/Not said, because it was not measured/);
  });

  it("takes other sessions, as --json prints them", async () => {
    await main(["answer", network, "--json"]);
    const { kinds }: { kinds: readonly (typeof sessionKinds)[number][] } = JSON.parse(printed);
    expect(kinds).toEqual(sessionKinds);
    const file = join(dir, "weights.json");
    await writeFile(file, JSON.stringify(kinds.slice(0, 1).map((kind) => ({ ...kind, title: "Mine" }))));
    printed = "";
    await main(["answer", network, "--weights", file]);
    expect(printed).toContain("Mine, 100 ms round trip");
    expect(printed).not.toContain(kinds[1]!.title);
  });

  it.each([
    ["{", "is not JSON"],
    ["[]", "is wrong at its root"],
    [JSON.stringify([{ ...sessionKinds[0], waits: 0 }]), "is wrong at 0.waits"],
  ])("refuses the sessions %s by name", async (text, message) => {
    const file = join(dir, "weights.json");
    await writeFile(file, text);
    await expect(main(["answer", network, "--weights", file])).rejects.toThrow(message);
  });

  it.each([
    [[], "needs a results file"],
    [[network, "--json", "--markdown"], "Choose one form"],
  ])("refuses %j", async (words, message) => {
    await expect(main(["answer", ...words])).rejects.toThrow(message);
  });
});
