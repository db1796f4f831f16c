// `pnpm pack:clients [folder]`, which builds first: tarballs of what people install, and the line that installs them.
import { join, resolve } from "node:path";
import { pack } from "./pack.mjs";
import { publishable, root } from "./publishable.mjs";

const folder = resolve(process.argv[2] ?? join(root, "tarballs"));
const tarballs = Object.fromEntries(publishable().map((one) => [one.name, one]));
const names = ["protocol", "client-core", "sse-client", "ws-client", "agent-worker", "load", "conformance"];
const [protocol, core, sse, ws, worker, load, conformance] = names.map((name) => pack(tarballs[name], folder));

console.log(`
Packed into ${folder}. In your own project, type one of these lines:

  ${install(protocol, core, sse, ws)}
  ${install(protocol, worker)}
  ${install("--ignore-scripts", "artillery@2.0.34", protocol, core, sse, ws, load)}
  ${install(protocol, core, conformance)}

The first installs both clients; leave out the one that you do not need. The second is for an Agent of your own,
the third for load tests, and the fourth for the tests of a client of your own.
Each tarball needs those before it in its line, because no registry has them. pnpm, Yarn and Bun need an override too: docs/install.md.`);

function install(...paths) {
  return ["npm install", ...paths.map(quoted)].join(" ");
}

/** For a POSIX shell. */
function quoted(path) {
  return /^[\w./@+-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
