// vitest's global setup of a package whose tests import what is built: `pnpm --filter … test`, or vitest itself, then works in a fresh clone,
// and never tests a build of other sources.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

export function setup({ config: { root } }) {
  // turbo itself has built before it tests.
  if (process.env.TURBO_HASH !== undefined) return;
  const { name } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const workspace = join(import.meta.dirname, "..");
  const turbo = join(workspace, "node_modules/.bin/turbo");
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: "1", TURBO_NO_UPDATE_NOTIFIER: "1" };
  const args = ["run", "build", "--filter", name, "--output-logs=errors-only"];
  const { status, stdout, stderr, error } = spawnSync(turbo, args, { cwd: workspace, env, encoding: "utf8" });
  if (status === 0) return;
  throw new Error(`What the tests of ${name} import could not be built.\n${stdout ?? ""}${stderr ?? ""}`, { cause: error });
}
