/** What an author or an operator can set, and what an operator sees: documents name it. CONTRIBUTING.md lists them. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DEFAULT_RECOVERY } from "../src/recovery/bounds.ts";
import { DURABILITY_WINDOWS_MS } from "../src/runs/durability.ts";
import { DEFAULT_RETENTION } from "../src/runs/retention.ts";
import { DEFAULT_LIMITS } from "../src/wire/limits.ts";

const root = join(import.meta.dirname, "..");
const read = (path: string): Promise<string> => readFile(join(root, path), "utf8");
const readme = (): Promise<string> => read("README.md");

/** The rows of the table whose head begins so, by their cells. */
function tableOf(document: string, head: string): string[][] {
  const [, rows = ""] = document.split(`\n${head}`).map((part) => part.split("\n\n")[0] ?? "");
  return rows
    .split("\n")
    .slice(2)
    .map((row) => row.slice(2, -2).split(" | "));
}

/** The number that a cell begins with. */
const numberIn = (cell: string): number => Number(/^[\d,]+/.exec(cell)?.[0].replaceAll(",", ""));
const nameIn = (cell: string): string => /^`(\w+)`$/.exec(cell)?.[1] ?? "";

/** The members of an interface or of a type of an object, those in it alone. */
async function membersOf(path: string, name: string): Promise<readonly string[]> {
  const [, body = ""] = new RegExp(`^export (?:interface|type) ${name}\\b[^;]*?\\{\\n([\\s\\S]*?)^\\}`, "m").exec(await read(path)) ?? [];
  return [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, member = ""]) => member);
}

describe("PROTOCOL.md §8.3", () => {
  it("has each limit that an author changes, by its name and with its default, and no other", async () => {
    const rows = tableOf(await read("../../PROTOCOL.md"), "| what | name | default | beyond it |");
    const named = rows.flatMap(([, name = "", value = ""]) => (name === "–" ? [] : [[nameIn(name), numberIn(value)]]));
    expect(Object.fromEntries(named)).toEqual(DEFAULT_LIMITS);
    expect(named).toHaveLength(Object.keys(DEFAULT_LIMITS).length);
  });
});

describe("README.md", () => {
  it("has each member of retention(), with its default, and no other", async () => {
    const rows = tableOf(await readme(), "| member | default | |");
    expect(Object.fromEntries(rows.map(([name = "", value = ""]) => [nameIn(name), numberIn(value)]))).toEqual(DEFAULT_RETENTION);
  });

  it("has each bound of recovery(), with its default where it is a number", async () => {
    const text = (await readme()).replaceAll(/\s+/g, " ").replaceAll("`", "");
    const said: Readonly<Record<string, string>> = { stalledMs: "half an hour", enabled: "false" };
    for (const [name, value] of Object.entries(DEFAULT_RECOVERY))
      expect(text).toContain(`${name}: ${said[name] ?? value.toLocaleString("en")}`);
  });

  it("has the least and the longest window of each level of durability", async () => {
    const [, row = ""] = /^(\| `DURABILITY` .*)$/m.exec(await readme()) ?? [];
    for (const [level, { least, most }] of Object.entries(DURABILITY_WINDOWS_MS))
      expect(row).toContain(`${least} to ${most.toLocaleString("en")} for \`${level}\``);
  });

  it.each([
    ["src/routing/route-request.ts", "RoutingOptions"],
    ["src/access/grant.ts", "Grant"],
    ["src/access/tickets.ts", "TicketOptions"],
    ["src/generation/generate.ts", "GenerateSettings"],
  ])("has each option of %s, %s", async (path, name) => {
    const members = await membersOf(path, name);
    const text = await readme();
    expect(members.length).toBeGreaterThan(1);
    expect(members.filter((member) => !new RegExp(`\\b${member}\\b`).test(text))).toEqual([]);
  });

  it("has each event that an operator sees, with each member of its payload, and no other", async () => {
    const [, union = ""] = /^export type RunObservation =([\s\S]*?);\n\n/m.exec(await read("src/observability/observe.ts")) ?? [];
    const events = union.split(/readonly type: "/).slice(1);
    expect(events.length).toBeGreaterThan(6);
    const rows = tableOf(await readme(), "| event | payload |");
    const typed = events.map((event) => /^[\w:]+/.exec(event)?.[0] ?? "");
    expect(rows.flatMap(([names = ""]) => [...names.matchAll(/`([\w:]+)`/g)].map(([, type = ""]) => type)).toSorted()).toEqual(
      typed.toSorted(),
    );
    const missing = events.flatMap((event, index) => {
      const type = typed[index] ?? "";
      const [, ...cells] = rows.find(([names = ""]) => names.includes(`\`${type}\``)) ?? [];
      const payload = event.slice(event.indexOf("payload"));
      const members = [...payload.matchAll(/readonly (\w+)\??:/g)]
        .map(([, member = ""]) => member)
        .filter((member) => member !== "payload");
      return members.filter((member) => !cells.join(" ").includes(`\`${member}\``)).map((member) => `${type}: ${member}`);
    });
    expect(missing).toEqual([]);
  });
});
