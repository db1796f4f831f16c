import { globSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "./blocks.ts";

const page = await readFile(join(root, "ARCHITECTURE.md"), "utf8");
const packages = readdirSync(join(root, "packages"));

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const manifests = new Map(
  await Promise.all(
    packages.map(
      async (name) => [name, JSON.parse(await readFile(join(root, "packages", name, "package.json"), "utf8")) as Manifest] as const,
    ),
  ),
);

const folders = new Map([...manifests].map(([folder, { name }]) => [name, folder]));

/** What a package uses of this repository. A package of tests alone has nothing but devDependencies. */
function usedBy(name: string): readonly string[] {
  const { dependencies, devDependencies } = manifests.get(name) ?? {};
  return Object.keys(dependencies ?? devDependencies ?? {}).flatMap((one) => folders.get(one) ?? []);
}

function reachedFrom(name: string): ReadonlySet<string> {
  return new Set(usedBy(name).flatMap((one) => [one, ...reachedFrom(one)]));
}

/** The cells of the table's first column under a heading. */
function firstColumn(heading: string): readonly string[] {
  const section = page.split(/^#+ /m).find((one) => one.startsWith(heading));
  if (section === undefined) throw new RangeError(`ARCHITECTURE.md has no heading ${heading}.`);
  return [...section.matchAll(/^\| ([^|]*`[^|]*) \|/gm)].flatMap(([, cell = ""]) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name),
  );
}

describe("ARCHITECTURE.md", () => {
  it("draws each package, and the imports between them that do not follow from others", () => {
    const drawn = [...page.matchAll(/^ {2}(\S+) --> (\S+)$/gm)].map(([, from, to]) => `${from} → ${to}`);
    const wanted = packages.flatMap((from) => {
      const used = usedBy(from);
      const further = new Set(used.flatMap((one) => [...reachedFrom(one)]));
      return used.filter((to) => !further.has(to)).map((to) => `${from} → ${to}`);
    });
    expect(drawn.toSorted()).toEqual(wanted.toSorted());
    expect(firstColumn("Packages").toSorted()).toEqual(packages.toSorted());
  });

  it("marks the packages on npm", () => {
    const said = [...page.matchAll(/^\| (\[`[^|]*) \|[^|]*\| (yes|no) \|$/gm)].flatMap(([, cell = "", published]) =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => [name, published === "yes"]),
    );
    expect(Object.fromEntries(said)).toEqual(
      Object.fromEntries([...manifests].map(([name, manifest]) => [name, manifest.private !== true])),
    );
  });

  it.each(["client-core", "agent-worker", "load", "bench"])(
    "lists each folder of %s, and none imports from a folder above it",
    async (name) => {
      const src = join(root, "packages", name, "src");
      const rooms = firstColumn(`\`${name}/src\``);
      expect(
        readdirSync(src, { withFileTypes: true })
          .flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
          .toSorted(),
      ).toEqual(rooms.filter((room) => !room.includes("/")).toSorted());
      /** The most exact room of a file; `undefined` for what lies beside the folders. */
      const roomOf = (file: string): string | undefined =>
        rooms.filter((room) => file.startsWith(`${room}/`)).toSorted((a, b) => b.length - a.length)[0];
      const back: string[] = [];
      for (const file of globSync("**/*.ts", { cwd: src, exclude: ["**/*.test.ts"] })) {
        const room = roomOf(file);
        if (room === undefined) continue;
        const source = await readFile(join(src, file), "utf8");
        for (const [, specifier = ""] of source.matchAll(/(?:from|import|import\(|new URL\()\s*"(\.[^"]+\.[jt]s)"/g)) {
          const target = relative(src, join(src, dirname(file), specifier));
          const to = roomOf(target);
          if (to === undefined || rooms.indexOf(to) < rooms.indexOf(room)) back.push(`${file} → ${target}`);
        }
      }
      expect(back).toEqual([]);
    },
  );
});
