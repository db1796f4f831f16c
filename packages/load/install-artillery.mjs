// Installs Artillery where it is not: from its own lockfile, and without its scripts, which would download a browser.
import { spawnSync } from "node:child_process";
import { join } from "node:path";

export function setup() {
  const cwd = join(import.meta.dirname, "artillery");
  const { status, stdout, stderr, error } = spawnSync("pnpm", ["install", "--frozen-lockfile", "--ignore-scripts"], {
    cwd,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`Artillery could not be installed.\n${stdout ?? ""}${stderr ?? ""}`, { cause: error });
}
