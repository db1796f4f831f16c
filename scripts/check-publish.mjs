// `pnpm publish:check`: could every package be published? It reads what is packed, and needs no network and no account.
// `--release` asks also for what only a release needs, and is the first step of `pnpm release`.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pack } from "./pack.mjs";
import { faultsOf, releaseFaults } from "./publish-faults.mjs";
import { publishable } from "./publishable.mjs";

const packages = publishable();
const faults = [];
const versions = new Set(packages.map(({ manifest }) => manifest.version));
if (versions.size > 1)
  faults.push(`All packages have one version ("fixed" in .changeset/config.json), and here are ${[...versions].join(", ")}.`);

const folder = mkdtempSync(join(tmpdir(), "publish-check-"));
try {
  for (const one of packages) {
    const tarball = pack(one, folder);
    const files = tar("-tzf", tarball).trim().split("\n");
    const manifest = JSON.parse(tar("-xzOf", tarball, "package/package.json"));
    for (const fault of faultsOf(manifest, one.name, files)) faults.push(`${manifest.name}: ${fault}`);
    console.log(`${manifest.name}@${manifest.version}: ${files.length} files`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (process.argv.includes("--release")) faults.push(...releaseFaults(packages, process.env.GITHUB_REPOSITORY));
for (const fault of faults) console.error(fault);
process.exitCode = faults.length > 0 ? 1 : 0;

function tar(...args) {
  return execFileSync("tar", args, { encoding: "utf8", maxBuffer: 1 << 26 });
}
