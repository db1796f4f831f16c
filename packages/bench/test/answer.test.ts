/** `bench answer`, of the committed run on a network. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { main } from "../src/cli/main.ts";
import type { Sessions } from "../src/sessions/facts.ts";
import { sessionKinds } from "../src/sessions/kinds.ts";

const [standard, network, second] = ["standard", "network", "network-2"].map((name) =>
  fileURLToPath(new URL(`../../../reports/${name}/results.json.gz`, import.meta.url)),
) as [string, string, string];

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
    for (const { title } of sessionKinds) expect(printed).toContain(`| ${title}, a 100 ms round trip |`);
    expect(printed).toContain("`npx -y pnpm@12 bench answer");
    expect(printed).toMatch(/Not measured with a 20 ms round trip\. .* To measure it: npx -y pnpm@12 bench run /);
  });

  it("takes of several files those that measured a wait, and no loopback for a network", async () => {
    await main(["answer", standard, network, "--json"]);
    const { cells }: Pick<Sessions, "cells"> = JSON.parse(printed);
    const voice = cells.filter(({ kind }) => kind === "voice");
    // The distances of the older run were a proxy's delay, over HTTP/1.1.
    expect(voice.find(({ place, pairing }) => place === "far" && pairing === "usual")).not.toMatchObject({
      actions: [{ sseMs: expect.closeTo(370, -1) }],
    });
    expect(voice.find(({ place }) => place === "local")).toMatchObject({
      choice: "either",
      actions: [{ scenario: "uplink", condition: "20" }],
    });
    expect(cells.filter(({ kind, place }) => kind === "phone" && place === "local")).toEqual([]);
  });

  it("is of two runs their mean, and refuses one run twice", async () => {
    await main(["answer", network, second, "--json"]);
    const { cells }: Pick<Sessions, "cells"> = JSON.parse(printed);
    const voice = cells.find(({ kind, place, pairing }) => kind === "voice" && place === "far" && pairing === "usual");
    expect(voice).toMatchObject({ actions: [{ runs: 2, groups: 8 }], prediction: { low: expect.any(Number) } });
    printed = "";
    await main(["answer", network, second]);
    expect(printed).toContain("One more run");
    await expect(main(["answer", network, second, network])).rejects.toThrow("give each run once");
  });

  it("takes other sessions, as --json prints them", async () => {
    await main(["answer", network, "--json"]);
    const { kinds }: { kinds: readonly (typeof sessionKinds)[number][] } = JSON.parse(printed);
    expect(kinds).toEqual(sessionKinds);
    const file = join(dir, "weights.json");
    await writeFile(file, JSON.stringify(kinds.slice(0, 1).map((kind) => ({ ...kind, title: "Mine" }))));
    printed = "";
    await main(["answer", network, "--weights", file]);
    expect(printed).toContain("Mine, a 100 ms round trip");
    expect(printed).not.toContain(kinds[1]!.title);
  });

  it.each([
    ["{", "is not JSON"],
    ["[]", "is wrong at its root"],
    [JSON.stringify([{ ...sessionKinds[0], waits: 0 }]), "is wrong at 0.waits"],
    [JSON.stringify([sessionKinds[0], sessionKinds[0]]), "two have the same id"],
    [
      JSON.stringify([
        { ...sessionKinds[4], actions: [{ ...sessionKinds[4]!.actions[0], at: { moon: sessionKinds[4]!.actions[0]!.at.far } }] },
      ]),
      "is wrong at 0.actions.0.at",
    ],
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
