import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { unstable_getMiniflareWorkerOptions } from "wrangler";
import { HostError } from "./errors.ts";

/** A Worker as it was built. */
export interface BuiltWorker {
  /** Its wrangler configuration. */
  readonly config: string;
  /** What `wrangler deploy --dry-run --outdir` made of it. {@link writeOptions} has put its options beside it. */
  readonly script: string;
}

type WorkerOptions = ReturnType<typeof unstable_getMiniflareWorkerOptions>["workerOptions"];

/** What is not of this machine, and holds no value of a `.dev.vars`. The host gives the rest: the root, the modules, and the variables. */
type BuiltOptions = Omit<WorkerOptions, "rootPath" | "modulesRules" | "bindings" | "assets"> & {
  /** How static files are served, and not where they are. */
  readonly assets?: object;
};

interface OptionsFile {
  /** A hash of the configuration's text: times of files say nothing after a checkout, or where a build came out of a cache. */
  readonly configuration: string;
  readonly options: BuiltOptions;
}

/**
 * Writes what Miniflare takes for a configuration beside the Worker's bundle. Only wrangler knows how to read one, and to load wrangler costs
 * more than a second of a processor: so that is done once, by the build, and not in each process that starts the Worker.
 */
export async function writeOptions({ config, script }: BuiltWorker): Promise<void> {
  const { unstable_getMiniflareWorkerOptions } = await import("wrangler");
  const {
    rootPath: _root,
    modulesRules: _rules,
    bindings: _bindings,
    assets,
    ...options
  } = unstable_getMiniflareWorkerOptions(config).workerOptions;
  // JSON leaves out what is undefined.
  const files = typeof assets === "object" && assets !== null ? { assets: { ...assets, directory: undefined } } : {};
  const file: OptionsFile = { configuration: await hashOf(config), options: { ...options, ...files } };
  await writeFile(fileOf(script), JSON.stringify(file, null, 2));
}

/** @throws HostError where the build has left none, or those of another configuration */
export async function readOptions({ config, script }: BuiltWorker): Promise<BuiltOptions> {
  let text: string;
  try {
    text = await readFile(fileOf(script), "utf8");
  } catch (cause) {
    throw new HostError("not_built", `The Worker of ${config} is not built. Build it first: pnpm build.`, cause);
  }
  const { configuration, options }: OptionsFile = JSON.parse(text);
  if (configuration !== (await hashOf(config)))
    throw new HostError("not_built", `${config} has changed since the Worker was built. Build it again: pnpm build.`);
  return options;
}

function fileOf(script: string): string {
  return join(dirname(script), "miniflare-options.json");
}

async function hashOf(config: string): Promise<string> {
  return createHash("sha256")
    .update(await readFile(config))
    .digest("hex");
}
