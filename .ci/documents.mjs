// Every command that a document shows is run by CI: this says how, and fails where a document shows one of which nothing is said here, or
// where something is said of a command that no document shows any more.
//
//   node .ci/documents.mjs                      only compares
//   node .ci/documents.mjs <folder of a clone>  runs them there too, before anything is built in it; Node 20 will do
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const root = join(import.meta.dirname, "..");
const pnpm = "npx -y pnpm@12";

/**
 * In the order in which they are run. `run` is what is run in the clone, `by` is what runs it elsewhere. Whether a scenario, a test or an option that
 * a command names is there, packages/bench/test/documents.test.ts tells of each command of bench and load, and the one of chaos of its campaigns.
 */
const commands = [
  { shown: `${pnpm} install`, run: `${pnpm} install` },
  { shown: `${pnpm} bench list`, run: `${pnpm} bench list`, unbuilt: true },
  { shown: `${pnpm} pack:clients`, run: `${pnpm} pack:clients`, unbuilt: true },
  { shown: /^npm install (\.\.\/agent-transports\/tarballs\/\S+ ?)+$/, run: "as shown", in: "app" },
  {
    shown: /^npm install (\.\.\/agent-transports\/tarballs\/\S+ )+ai@/,
    run: "as shown",
    in: "support-agent",
    afterwards: "npx wrangler deploy --dry-run && node --test",
  },
  {
    shown: /^(mkdir support-agent|npm init -y|echo 'SUPPORT_TOKEN=)/,
    by: "the one above, with the document's files, and packages/agent-worker/test/example.test.ts",
  },
  { shown: `${pnpm} chaos`, run: `${pnpm} chaos --streams 10 --kills 1 --packets 2 --clocks 1 --evictions 2 --budget 60s`, unbuilt: true },
  { shown: /^npx -y pnpm@12 chaos soak( --\S+ \S+)*$/, by: "packages/chaos/test/soak.test.ts, for seconds" },
  { shown: /^npx -y pnpm@12 chaos (--\S+ \S+ ?)+$/, by: "the one above, and packages/chaos/test/chaos.test.ts" },
  {
    shown: /^npm install --ignore-scripts artillery@/,
    by: "nothing: it is 460 MB with npm. The next one installs the same with pnpm, and runs the engine in it",
  },
  // Installs Artillery, and runs it. A machine that does other things besides is no measure of a first event.
  { shown: `${pnpm} load`, run: `${pnpm} load --duration 5s --rate 3 --p95-first-event 5000`, unbuilt: true },
  { shown: `${pnpm} load --help`, run: "as shown" },
  { shown: /^npx -y pnpm@12 load mass-disconnect --quick$/, by: "the one above, and packages/load/test/engine.test.ts" },
  { shown: /^npx -y pnpm@12 load merge /, by: "packages/bench/test/load-merge.test.ts" },
  // On a Worker here that asks for a token. Artillery is there by now, which `pnpm soak` would have to install.
  {
    shown: /^AGENT_TOKEN=… npx -y pnpm@12 load .* --url /,
    run: `${pnpm} --filter @agent-transports/bench soak src/load/load.soak.test.ts`,
  },
  { shown: /^npx artillery run(:fargate| --platform aws:lambda) /, by: "nothing: it needs somebody's account" },
  { shown: /^kubectl apply /, by: "packages/load/test/deploy.test.ts, which reads the manifest" },
  { shown: /^npx -y pnpm@12 --filter artillery-engine-agent-transports scenarios$/, run: "as shown" },
  {
    shown: /^npx -y pnpm@12 --filter (@agent-transports\/|artillery-engine-)\S+ test$/,
    run: `${pnpm} --filter @agent-transports/client-core test`,
    unbuilt: true,
  },
  { shown: `${pnpm} build`, run: `${pnpm} build` },
  { shown: /^npx -y pnpm@12 bench (agents |answer |clients |cost )?--help$/, run: "as shown" },
  {
    shown: /^npx -y pnpm@12 bench run (<name>|[a-z]+(-[a-z]+)*( [a-z]+(-[a-z]+)*)*)( --quick)?( --standard)?( --full)?$/,
    run: `${pnpm} bench run connect --out bench-results`,
  },
  { shown: /^npx -y pnpm@12 --filter @agent-transports\/playground replay-data reports\/\S+$/, run: "as shown" },
  // Its figures need a quiet machine.
  { shown: `${pnpm} --filter @agent-transports/playground smooth`, run: `${pnpm} --filter @agent-transports/playground smooth 1000` },
  { shown: `${pnpm} --filter @agent-transports/playground picture`, run: "as shown" },
  { shown: /^npx -y pnpm@12 bench (raw|report) bench-results\/results\.json/, run: "as shown" },
  {
    shown: /^npx -y pnpm@12 bench compare before\/results\.json/,
    run: `${pnpm} bench compare bench-results/results.json bench-results/results.json --max-regression 10%`,
  },
  { shown: /^npx -y pnpm@12 bench run first-token token-latency --out (before|after)$/, by: "the quick run of everything" },
  { shown: `${pnpm} bench`, by: "the quick run of everything" },
  { shown: /^npx -y pnpm@12 bench .*--peers\b/, by: "packages/bench/test/peers.test.ts, which cuts it off" },
  { shown: /^npx -y pnpm@12 bench .*--url\b/, by: "packages/bench/test/cli.test.ts, on a Worker here" },
  {
    shown: /^npx -y pnpm@12 bench .*--trace\b/,
    by: "nothing: the data are not in this repository. The quick run of everything takes them where they are beside it",
  },
  { shown: /^AGENT_TOKEN=… npx -y pnpm@12 bench run .* --url /, by: "packages/bench/test/end-to-end.test.ts, on a Worker here" },
  {
    shown: /^npx -y pnpm@12 bench run stalls (--quick )?--link /,
    by: "packages/bench/test/network-scenarios.test.ts, on a link made there",
  },
  { shown: /^npx -y pnpm@12 bench combine /, by: "packages/bench/test/cli.test.ts" },
  {
    shown: /^git show [0-9a-f]{7}:reports\/standard\/results\.json\.gz > /,
    by: "nothing: it needs the whole history, which a clone may lack",
  },
  { shown: /^npx -y pnpm@12 bench resume /, by: "packages/bench/test/cli.test.ts" },
  { shown: `${pnpm} --filter @agent-transports/<package> soak`, by: "pnpm soak, of each package" },
  { shown: /^npx -y pnpm@12 bench verdicts /, by: "packages/bench/test/cli.test.ts. pnpm soak compares what it wrote with the same files" },
  { shown: /^npx -y pnpm@12 bench simulate\b/, by: "packages/bench/test/cli.test.ts, with small numbers" },
  { shown: /^npx -y pnpm@12 bench report reports\//, by: "pnpm soak, which reads the same file" },
  { shown: /^npx -y pnpm@12 bench agents\b/, by: "packages/bench/test/agents.test.ts" },
  { shown: /^npx -y pnpm@12 bench scale\b/, by: "packages/bench/test/scale.test.ts" },
  { shown: /^npx -y pnpm@12 bench plan\b/, by: "packages/bench/test/plan.test.ts" },
  { shown: /^npx -y pnpm@12 bench sockets\b/, by: "packages/bench/test/sockets.test.ts" },
  { shown: /^npx -y pnpm@12 bench answer reports\/.*$/, run: "as shown" },
  { shown: `${pnpm} bench cost --usage reports/cost/usage.json`, run: "as shown" },
  { shown: /^npx -y pnpm@12 bench cost( --usage bench-results\/.*)?$/, by: "packages/bench/test/cost.test.ts" },
  { shown: /^npx -y pnpm@12 bench clients\b/, by: "packages/bench/test/clients.test.ts" },
  { shown: /^unshare --user --map-root-user /, by: "packages/lab/test/network/refusal.test.ts, as a plain user" },
  { shown: `${pnpm} test`, by: "the step with the network cut" },
  { shown: /^npx -y pnpm@12 (lint|check:packages)$/, by: "a step of its own" },
  { shown: `${pnpm} prose`, run: `${pnpm} prose` },
  { shown: `${pnpm} exec vitest run src/delivery/delivery.test.ts`, by: "the step with the network cut, which runs every file" },
  { shown: /^(GOBIN=\S+ go install |export CADDY_PATH=)/, by: "nothing: CI has Debian's Caddy, and no other" },
  { shown: /^GODEBUG=http2xconnect=1 npx -y pnpm@12 .* vitest run test\/edge$/, by: "the tests of lab, with Debian's Caddy" },
  { shown: /^npx -y pnpm@12 exec changeset$/, by: "nothing: it asks a person" },
  { shown: /^npx -y pnpm@12 (--filter \S+ )?(run )?(dev|demo|deploy)\b/, by: ".ci/fresh-clone.mjs" },
  { shown: /^npx -y pnpm@12 --filter \S+ exec wrangler (login|secret put)\b/, by: "nothing: it needs somebody's account" },
  { shown: /^(npx )?wrangler /, by: "nothing: it needs somebody's project" },
  { shown: /^curl /, by: ".ci/fresh-clone.mjs and packages/e2e/test/readme/curl.test.ts" },
  { shown: `${pnpm} publish:check`, run: `${pnpm} publish:check` },
  { shown: /^npx -y pnpm@12 release(:repository .*)?$/, by: "nothing: it publishes, and it needs the repository's address" },
  { shown: /^(for package in .*|npm trust .*|done)$/, by: "nothing: it needs the maintainer's account" },
  { shown: /^k6 run /, by: "packages/load/test/k6, with k6's modules stood in for" },
];

const markdownIn = (folder) => readdirSync(join(root, folder)).filter((name) => name.endsWith(".md") && name !== "CHANGELOG.md");
const packages = readdirSync(join(root, "packages"));
const documents = ["", "docs", "reports/standard", ...packages.map((name) => `packages/${name}`)].flatMap((folder) =>
  markdownIn(folder).map((name) => join(folder, name)),
);
const shown = new Map(documents.flatMap((path) => commandsOf(readFileSync(join(root, path), "utf8")).map((command) => [command, path])));
const is = (rule, command) => (typeof rule === "string" ? rule === command : rule.test(command));
const failures = [
  ...[...shown]
    .filter(([command]) => !commands.some((one) => is(one.shown, command)))
    .map(([command, path]) => `${path} shows what CI does not run: ${command}`),
  ...commands.filter((one) => ![...shown.keys()].some((command) => is(one.shown, command))).map((one) => `No document shows: ${one.shown}`),
];

let rebuilding = false;
const clone = process.argv[2];
if (clone !== undefined && !existsSync(join(clone, "pnpm-workspace.yaml"))) throw new Error(`${clone} is no clone of this repository.`);
if (clone !== undefined) {
  for (const one of commands.filter(({ run }) => run !== undefined)) {
    const asShown = [...shown.keys()].filter((command) => is(one.shown, command));
    for (const command of one.run === "as shown" ? asShown : [one.run]) run(command, one);
  }
}
for (const failure of failures) console.log(`failed: ${failure}`);
console.log(failures.length === 0 ? `${shown.size} commands that documents show are run, or said why not.` : `${failures.length} failed.`);
process.exitCode = failures.length === 0 ? 0 : 1;

/** Lines of shell blocks, and commands of this repository within sentences and tables; without their comments. */
function commandsOf(markdown) {
  const blocks = [...markdown.matchAll(/^```(?:sh|bash)\n([\s\S]*?)^```$/gm)].flatMap(([, code]) => code.split("\n"));
  const inline = [...markdown.matchAll(/`(npx -y pnpm@12 [^`]+)`/g)].map(([, code]) => code);
  const all = [...blocks, ...inline].map((line) => line.replace(/\s+# .*$/, "").trim());
  return all.filter((line) => line !== "" && !line.startsWith("#"));
}

/** The files of "Your own Agent", by the names that the document gives them. */
function ownAgent() {
  const readme = readFileSync(join(root, "packages/agent-worker/README.md"), "utf8");
  const section = /^## Your own Agent$[\s\S]*?^## /m.exec(readme)?.[0] ?? "";
  const [configuration] = [...section.matchAll(/^```jsonc\n([\s\S]*?)^```$/gm)].map(([, code]) => code);
  const [worker, test] = [...section.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code);
  return { "wrangler.jsonc": configuration, "worker.ts": worker, "answer.test.ts": test };
}

function run(command, { unbuilt, in: elsewhere, afterwards }) {
  if (unbuilt) forgetBuilds(rebuilding);
  rebuilding ||= unbuilt === true;
  // A person's own project, beside the clone.
  const cwd = elsewhere === undefined ? clone : join(dirname(clone), elsewhere);
  if (elsewhere !== undefined) {
    rmSync(cwd, { recursive: true, force: true });
    mkdirSync(cwd);
    writeFileSync(join(cwd, "package.json"), '{ "private": true, "type": "module" }');
  }
  const installed = execute(command, cwd);
  if (!installed || afterwards === undefined) return;
  for (const [name, text] of Object.entries(ownAgent())) writeFileSync(join(cwd, name), text);
  // wrangler and TypeScript's types in Node ask for a Node that is newer than this one may be.
  execute(afterwards, cwd, { PATH: `${join(clone, "node_modules/.bin")}:${process.env.PATH}` });
}

/** @returns whether it ended well */
function execute(command, cwd, more = {}) {
  const startedAt = Date.now();
  const kept = Object.entries(process.env).filter(([name]) => !/^(npm_(?!config_)|pnpm_|NODE_ENV$|INIT_CWD$|CI$|TURBO_)/i.test(name));
  const { status, stdout, stderr } = spawnSync("sh", ["-c", command], {
    cwd,
    env: { ...Object.fromEntries(kept), ...more },
    encoding: "utf8",
    timeout: 240_000,
  });
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(0);
  console.log(`${status === 0 ? "ok" : "FAILED"} (${seconds} s): ${command}`);
  if (status !== 0) failures.push(`${command} ended with ${status}:\n${`${stdout}${stderr}`.slice(-3_000)}`);
  return status === 0;
}

/** As in a clone in which only the install was done; but a command that builds again, as it must, may find what an earlier one has compiled. */
function forgetBuilds(compiled) {
  const built = packages.flatMap((name) => ["dist", ".turbo"].map((folder) => join("packages", name, folder)));
  const caches = compiled ? [] : [".turbo", "node_modules/.cache/turbo"];
  for (const folder of [...built, ...caches]) rmSync(join(clone, folder), { recursive: true, force: true });
}
