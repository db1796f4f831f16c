import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { variableNames, variables } from "./variables.ts";

const root = join(import.meta.dirname, "..", "..");
const sorted = (names: Iterable<string>): string[] => [...names].sort();
const secrets = variableNames.filter((name) => "secret" in variables[name]);

it("README.md's table lists exactly the Worker's variables, and marks the secrets", async () => {
  const readme = await readFile(join(root, "README.md"), "utf8");
  const [table = ""] = /^\| variable \|.*(?:\n\|.*)+/m.exec(readme) ?? [];
  const rows = table
    .split("\n")
    .map((row) => ({ row, names: [...(row.split("|")[1] ?? "").matchAll(/`([A-Z_]+)`/g)].map(([, name = ""]) => name) }));
  expect(sorted(rows.flatMap(({ names }) => names))).toEqual(sorted(variableNames));
  expect(sorted(rows.flatMap(({ row, names }) => (/\ba secret\b/.test(row) ? names : [])))).toEqual(sorted(secrets));
});

it("wrangler.jsonc's comment lists exactly the Worker's variables, and marks the secrets", async () => {
  const wrangler = await readFile(join(root, "wrangler.jsonc"), "utf8");
  const [comment = ""] = /\/\/ Variables, all optional(?:.*\n\s*\/\/)*.*/.exec(wrangler) ?? [];
  const named = [...comment.matchAll(/\b([A-Z]+_[A-Z_]+|LIMITS|DURABILITY|RECOVERY)\b( \(a secret\))?/g)];
  expect(sorted(named.map(([, name = ""]) => name))).toEqual(sorted(variableNames));
  expect(sorted(named.flatMap(([, name = "", secret]) => (secret === undefined ? [] : [name])))).toEqual(sorted(secrets));
});
