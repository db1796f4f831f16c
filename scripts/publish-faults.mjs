// What would make a published package wrong, read from what was packed.
import { isDeepStrictEqual } from "node:util";
import { repositoryOf } from "./repository.mjs";

/** Packages that another program finds by a name of its own. */
const named = new Map([["load", "artillery-engine-agent-transports"]]);

/**
 * @param {Record<string, any>} manifest as it was packed
 * @param {string} name of its folder
 * @param {readonly string[]} files of its tarball
 */
export function* faultsOf(manifest, name, files) {
  const wanted = named.get(name) ?? `@agent-transports/${name}`;
  if (manifest.name !== wanted) yield `its folder is packages/${name}, so its name must be ${wanted}.`;
  for (const field of ["description", "license", "keywords", "engines", "exports"]) {
    if (manifest[field] === undefined) yield `package.json has no ${field}.`;
  }
  const { access, provenance } = manifest.publishConfig ?? {};
  if (access !== "public" || provenance !== true) yield `publishConfig must be {"access": "public", "provenance": true}.`;
  for (const file of ["LICENSE", "README.md"]) if (!files.includes(`package/${file}`)) yield `${file} is not in its tarball.`;
  for (const file of entriesOf(manifest.exports ?? {})) {
    if (!files.includes(`package/${file.slice(2)}`)) yield `${file}, which its exports name, is not in its tarball: build first.`;
  }
  for (const file of files.filter((file) => /\.test\.|\/test\/|\.dev\.vars/.test(file))) yield `${file} does not belong in its tarball.`;
  const left = JSON.stringify(manifest).match(/"(workspace|catalog|link|file):[^"]*"/);
  if (left !== null) yield `${left[0]} is known to this workspace alone.`;
  for (const [dependency, range] of Object.entries(manifest.dependencies ?? {})) {
    // The clients share classes of client-core's: two versions of it must not meet in one project.
    if (dependency.startsWith("@agent-transports/") && range !== manifest.version)
      yield `${dependency} must be ${manifest.version}, and is ${range}.`;
  }
}

/** npm refuses a package whose provenance names another repository than its package.json. */
export function* releaseFaults(packages, repository) {
  if (repository === undefined) {
    yield "A release is made by .github/workflows/release.yml, because provenance is signed with its identity: RELEASING.md.";
    return;
  }
  const url = `https://github.com/${repository}`;
  const wrong = packages.filter(({ name, manifest: { homepage, bugs, repository } }) => {
    return !isDeepStrictEqual({ homepage, bugs, repository }, repositoryOf(url, name));
  });
  if (wrong.length === 0) return;
  const names = wrong.map(({ name }) => name).join(", ");
  yield `repository, homepage and bugs of ${names} do not say that the sources are at ${url}. Type "npx -y pnpm@12 release:repository ${url}", and commit.`;
}

function* entriesOf(exports) {
  if (typeof exports === "string") yield exports;
  else for (const value of Object.values(exports)) yield* entriesOf(value);
}
