/** Tables in documents that a change of the code must reach: CONTRIBUTING.md lists them. */
import { globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { edgePrograms } from "@agent-transports/lab/edge";
import { nats, profiles } from "@agent-transports/lab/network";
import { statusOf } from "@agent-transports/protocol";
import { describe, expect, it } from "vitest";
import { root } from "./blocks.ts";

const read = (path: string): Promise<string> => readFile(join(root, path), "utf8");
const clients = ["sse-client", "ws-client"] as const;

/** From a heading to the next one of any depth. */
function section(document: string, title: string): string {
  const [, rest = ""] = document.split(`\n${title}\n`);
  return rest.split(/\n#/)[0] ?? "";
}

/** The literals of a union type, in the order of its source. */
async function unionOf(path: string, name: string): Promise<readonly string[]> {
  const [, union = ""] = new RegExp(`^export type ${name} =([\\s\\S]*?);$`, "m").exec(await read(path)) ?? [];
  return [...union.matchAll(/^ {2}\| "(\w+)"/gm)].map(([, literal = ""]) => literal);
}

/** The members of an interface, those in it alone. */
async function membersOf(path: string, name: string): Promise<readonly string[]> {
  const [, body = ""] = new RegExp(`^export interface ${name}[^{]*\\{\\n([\\s\\S]*?)^\\}$`, "m").exec(await read(path)) ?? [];
  return [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, member = ""]) => member);
}

describe("PROTOCOL.md §5", () => {
  it("has every code of a server, with the status that it goes out with", async () => {
    const codes = await unionOf("packages/protocol/src/errors.ts", "ServerErrorCode");
    expect(codes.length).toBeGreaterThan(15);
    const rows = [...section(await read("PROTOCOL.md"), "## 5. Errors").matchAll(/^\| (`[^|]+) \| ([^|]+) \|/gm)];
    const wrong = codes.filter((code) => {
      const [, names = "", statuses = ""] = rows.find(([, codesOfRow = ""]) => codesOfRow.includes(`\`${code}\``)) ?? [];
      // A row may give each of its codes a status, one status to all of them, or several to its only one. A dash: on a socket alone.
      const at = names.split(" / ").findIndex((part) => part.includes(`\`${code}\``));
      const said = statuses.includes(" / ") ? statuses.split(" / ")[at] : statuses;
      return said !== "–" && !said?.split(", ").includes(String(statusOf({ code, message: "" })));
    });
    expect(wrong).toEqual([]);
  });

  it("has the codes of a terminal event that its type names, and no other", async () => {
    const [, union = ""] =
      /^export interface RunFailure \{\n {2}readonly code:([^;]*);/m.exec(await read("packages/protocol/src/chunks.ts")) ?? [];
    const [, table = ""] = section(await read("PROTOCOL.md"), "## 5. Errors").split("A terminal event's `error`");
    const listed = [...table.matchAll(/^\| (`[^|]+) \|/gm)].flatMap(([, names = ""]) =>
      [...names.matchAll(/`(\w+)`/g)].map(([, code = ""]) => code),
    );
    expect([...union.matchAll(/"(\w+)"/g)].map(([, code = ""]) => code).toSorted()).toEqual(listed.toSorted());
  });
});

describe("docs/network.md", () => {
  it("has every profile of a link, with the source of its numbers", async () => {
    const rows = [...section(await read("docs/network.md"), "### Profiles").matchAll(/^\| `([^`]+)` \| (.+) \|$/gm)];
    const sources = Object.values(profiles).map(({ name, source }) => [name, source]);
    expect(rows.map(([, name, source]) => [name, source])).toEqual(sources);
  });

  it("has every NAT, with the source of its numbers", async () => {
    const rows = [...section(await read("docs/network.md"), "### A NAT that forgets").matchAll(/^\| `([^`]+)` \| (.+) \|$/gm)];
    expect(rows.map(([, name, source]) => [name, source])).toEqual(Object.values(nats).map(({ name, source }) => [name, source]));
  });

  it("has every code of a refusal, and no other", async () => {
    const [, union = ""] = /^export type NetworkMissing =([^;]*);/m.exec(await read("packages/lab/src/network/allowed.ts")) ?? [];
    const codes = [...union.matchAll(/"(\w+)"/g)].map(([, code = ""]) => code);
    expect(codes.length).toBeGreaterThan(4);
    const listed = [...section(await read("docs/network.md"), "## What it needs").matchAll(/^\| (`[^|]+) \|/gm)].flatMap(([, names = ""]) =>
      [...names.matchAll(/`(\w+)`/g)].map(([, code = ""]) => code),
    );
    expect(listed.toSorted()).toEqual(codes.toSorted());
  });
});

describe("docs/edges.md", () => {
  it("has every edge, with what it speaks", async () => {
    const [, table = ""] = (await read("docs/edges.md")).split("| edge | HTTP | WebSocket |\n");
    const rows = [...(table.split("\n\n")[0] ?? "").matchAll(/^\| `(\w+)` \| (.+) \| (.+) \|$/gm)];
    const named = (versions: readonly string[]): string => versions.map((version) => `\`${version}\``).join(", ");
    const programs = Object.entries(edgePrograms).map(([kind, { versions, webSockets }]) => [kind, named(versions), named(webSockets)]);
    expect(rows.map(([, ...cells]) => cells)).toEqual(programs);
  });

  it("has every code of an error, and no other", async () => {
    const [, union = ""] = /^export type EdgeErrorCode =([^;]*);/m.exec(await read("packages/lab/src/edge/errors.ts")) ?? [];
    const codes = [...union.matchAll(/"(\w+)"/g)].map(([, code = ""]) => code);
    expect(codes.length).toBeGreaterThan(4);
    const [, table = ""] = (await read("docs/edges.md")).split("| code | when |\n");
    const listed = [...(table.split("\n\n")[0] ?? "").matchAll(/^\| (`[^|]+) \|/gm)].flatMap(([, names = ""]) =>
      [...names.matchAll(/`(\w+)`/g)].map(([, code = ""]) => code),
    );
    expect(listed.toSorted()).toEqual(codes.toSorted());
  });
});

describe.each(clients)("the README of %s", (client) => {
  const readme = (): Promise<string> => read(`packages/${client}/README.md`);

  it("has every option of the client in its table", async () => {
    const name = client === "sse-client" ? "Sse" : "Ws";
    const shared = await membersOf("packages/client-core/src/interface/client.ts", "ClientOptions");
    const own = await membersOf(`packages/${client}/src/options.ts`, client === "sse-client" ? "HttpOptions" : "SocketOptions");
    expect([shared.length > 10, own.length > 0]).toEqual([true, true]);
    const table = section(await readme(), `## Options of \`create${name}Client\``);
    const described = [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, option = ""]) => option);
    expect(described.toSorted()).toEqual([...shared, ...own].toSorted());
  });

  it("names every code that the client finds by itself", async () => {
    const sources = globSync(`packages/{client-core,${client}}/src/**/*.ts`, {
      cwd: root,
      exclude: ["**/*.test.ts", "**/transport-error.ts"],
    });
    const made = (await Promise.all(sources.map(read))).join("\n");
    const codes = await unionOf("packages/client-core/src/errors/transport-error.ts", "ClientErrorCode");
    // Not each code is every client's: only event streams use up a browser's connections.
    const found = codes.filter((code) => made.includes(`"${code}"`));
    expect(found.length).toBeGreaterThan(8);
    const text = await readme();
    expect(found.filter((code) => !text.includes(`\`${code}\``))).toEqual([]);
  });
});
