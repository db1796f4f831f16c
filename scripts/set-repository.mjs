// `pnpm release:repository https://github.com/<owner>/<name>`: says in every published package where its sources are.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { publishable, root } from "./publishable.mjs";
import { repositoryOf } from "./repository.mjs";

const url = process.argv[2];
if (url === undefined || !/^https:\/\/github\.com\/[\w.-]+\/[\w.-]+$/.test(url) || url.endsWith(".git")) {
  console.error("Give the repository's address: npx -y pnpm@12 release:repository https://github.com/<owner>/<name>");
  process.exit(1);
}
for (const { name, file, manifest } of publishable()) {
  writeFileSync(file, `${JSON.stringify({ ...manifest, ...repositoryOf(url, name) }, null, 2)}\n`);
}
execFileSync(
  join(root, "node_modules/.bin/oxfmt"),
  publishable().map(({ file }) => file),
  { cwd: root, stdio: ["ignore", "ignore", "inherit"] },
);
console.log(`The packages say that their sources are at ${url}. Commit their package.json files.`);
