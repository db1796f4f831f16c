// Installs Artillery where it is not: from its own lockfile, and without its scripts, which would download a browser.
// `pnpm soak` begins with it, and so does `pnpm load`.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const cwd = join(import.meta.dirname, "artillery");
const read = (file) => JSON.parse(readFileSync(join(cwd, file), "utf8"));

/** @throws Error that says what to do */
export async function setup() {
  const { artillery: wanted } = read("package.json").dependencies;
  const manifest = "node_modules/artillery/package.json";
  if (existsSync(join(cwd, manifest)) && read(manifest).version === wanted) return;
  process.stderr.write(`Installing Artillery ${wanted}, once: 222 MB.\n`);
  const child = spawn("pnpm", ["install", "--frozen-lockfile", "--ignore-scripts"], { cwd, stdio: ["ignore", "pipe", "inherit"] });
  // It says its errors there too, and otherwise a long list of packages.
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text) => (said += text));
  const [code] = await once(child, "close").catch((cause) => {
    throw new Error(`Artillery ${wanted} cannot be installed: there is no pnpm. Type npx -y pnpm@12 load.`, { cause });
  });
  if (code !== 0) throw new Error(`Artillery ${wanted} could not be installed: pnpm ended with ${code} in ${cwd}.\n${said}`);
}
