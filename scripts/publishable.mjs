// The packages that are published, in the order of who needs whom.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const root = join(import.meta.dirname, "..");

/** @typedef {{ name: string, folder: string, file: string, manifest: Record<string, any> }} Package */

/** @returns {readonly Package[]} */
export function publishable() {
  const packages = readdirSync(join(root, "packages")).map((name) => {
    const folder = join(root, "packages", name);
    const file = join(folder, "package.json");
    return { name, folder, file, manifest: JSON.parse(readFileSync(file, "utf8")) };
  });
  const named = packages.filter(({ manifest }) => manifest.private !== true);
  return named.sort((a, b) => needs(a) - needs(b) || a.name.localeCompare(b.name));
}

function needs({ manifest }) {
  return Object.keys(manifest.dependencies ?? {}).filter((name) => name.startsWith("@agent-transports/")).length;
}
