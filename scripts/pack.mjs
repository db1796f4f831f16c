import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";

/**
 * Packs a built package as it would be published: no `workspace:` and no `catalog:` is left in it.
 * The tarball's name holds no version, so that a line that was copied once goes on working.
 * @param {{ name: string, folder: string }} of
 * @param {string} into a folder
 */
export function pack({ name, folder }, into) {
  mkdirSync(into, { recursive: true });
  const tarball = join(into, `${name}.tgz`);
  execFileSync("pnpm", ["pack", "--out", tarball], { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
  return tarball;
}
