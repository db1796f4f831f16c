/** RELIABILITY.md and docs/threat-model.md: each promise has a row, and each test that a row names is there. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root, slugOf } from "./blocks.ts";
import { faultsOfPromises, faultsOfTests, namedRows, promisesOf, tableBehind, testsIn, titlesIn } from "./claims.ts";
import { agent, clientDocuments, clients, protocol } from "./promises.ts";

const read = (path: string): Promise<string> => readFile(join(root, path), "utf8");
const RELIABILITY = "RELIABILITY.md";
const THREATS = "docs/threat-model.md";

const firstCells = (table: readonly (readonly string[])[]): string[] => table.map(([first = ""]) => first);

describe("RELIABILITY.md", () => {
  it("has a row for each sentence of PROTOCOL.md that promises", async () => {
    const promises = promisesOf(await read("PROTOCOL.md"));
    expect(promises.length).toBeGreaterThan(90);
    expect(faultsOfPromises(promises, protocol, namedRows(await read(RELIABILITY)))).toEqual([]);
  });

  it("has a row for each section of PROTOCOL.md", async () => {
    const anchors = [...(await read("PROTOCOL.md")).matchAll(/^##+ (.+)$/gm)].map(([, title = ""]) => slugOf(title));
    expect(anchors.length).toBeGreaterThan(25);
    const rows = [...namedRows(await read(RELIABILITY)).values()].flat().join(" ");
    // What is above the parts of §8 has none of its own.
    const missing = anchors.filter((anchor) => !rows.includes(`(PROTOCOL.md#${anchor})`));
    expect(missing).toEqual(["8-authority-and-limits"]);
  });

  it.each([
    ["the Agent's promises", "packages/agent-worker/README.md", "## What is promised, and which test shows it", agent, 40],
    ["what the clients do", "README.md", "## Use the clients", clients, 10],
  ] as const)("has a row for each of %s", async (_what, path, heading, given, least) => {
    const promises = firstCells(tableBehind(await read(path), heading));
    expect(promises.length).toBeGreaterThan(least);
    expect(faultsOfPromises(promises, given, namedRows(await read(RELIABILITY)))).toEqual([]);
  });

  it("has a row for each sentence of the clients' READMEs that promises", async () => {
    const texts = await Promise.all(["sse-client", "ws-client", "client-core"].map((name) => read(`packages/${name}/README.md`)));
    const promises = [...new Set(texts.flatMap(promisesOf))];
    expect(promises.length).toBeGreaterThan(30);
    expect(faultsOfPromises(promises, clientDocuments, namedRows(await read(RELIABILITY)))).toEqual([]);
  });

  it("names a test in each row, or says what is not proved", async () => {
    const rows = namedRows(await read(RELIABILITY));
    expect(rows.size).toBeGreaterThan(70);
    const empty = [...rows].filter(([, [, tests = "", , not = "–"]]) => testsIn(tests).length === 0 && not === "–");
    expect(empty.map(([name]) => name)).toEqual([]);
  });
});

describe("docs/threat-model.md", () => {
  it("names a test in each row, also where something is left open", async () => {
    const rows = namedRows(await read(THREATS));
    expect(rows.size).toBeGreaterThan(20);
    const empty = [...rows].filter(([, [, , tests = ""]]) => testsIn(tests).length === 0);
    expect(empty.map(([name]) => name)).toEqual([]);
  });

  it("says of each row that leaves something open what would close it, and of no other", async () => {
    const text = await read(THREATS);
    const open = [...namedRows(text)].filter(([, cells]) => cells.some((cell) => cell.startsWith("Open:"))).map(([name]) => name);
    const closing = tableBehind(text, "## What is open");
    expect(open.length).toBeGreaterThan(10);
    expect(closing.map(([link = ""]) => /^\[(\w+)\]/.exec(link)?.[1])).toEqual(open);
    expect(closing.filter(([, what = ""]) => what === "")).toEqual([]);
  });
});

it.each([RELIABILITY, THREATS])("each test that %s names is there, by its file and its title", async (path) => {
  const text = await read(path);
  expect(testsIn(text).length).toBeGreaterThan(20);
  expect(await faultsOfTests(path, text)).toEqual([]);
});

describe("the check of promises", () => {
  const rows = namedRows("| | promise |\n|---|---|\n| L1 | Each event comes once. |\n");

  it("finds a promise without a row, and a row that is not there", () => {
    const promises = promisesOf(
      "An event is sent. It **must** be stored.\n\n- It never comes\n  twice.\n\n```\nnever\n```\n\n| a | nothing |\n",
    );
    expect(promises).toEqual(["It must be stored.", "- It never comes twice.", "| a | nothing |"]);
    const given = { "must be stored": "L1", "comes twice": "L2" };
    expect(faultsOfPromises(promises, given, rows)).toEqual(["A promise without a row: | a | nothing |", "There is no row L2."]);
  });

  it("finds a piece of a sentence that was changed, or that two sentences have", () => {
    expect(faultsOfPromises(["It is never sent.", "It is never sent twice."], { "never sent": "L1", "never told": "L1" }, rows)).toEqual([
      "In no promise, or in several: never sent",
      "In no promise, or in several: never told",
    ]);
  });

  it("finds a test that was renamed, one that is not run, and a file without a title", async () => {
    const source = 'it("a", () => 1);\nit.each([1])("b %s", () => 1);\nit.skip("c", () => 1);\nconst one = { title: `d ${1}` };\n';
    expect([...titlesIn(source)]).toEqual(["a", "b …", "d …"]);
    const own = "packages/e2e/test/readme/promises.test.ts";
    const text = `[own](${own}) \`the check of promises\`, \`was renamed\`<br>[own](${own}) and <br>[none](none.ts) \`a\``;
    expect(await faultsOfTests(RELIABILITY, text)).toEqual([`${own}: was renamed`, `${own}: no title`, "none.ts: a"]);
  });
});
