import { dirname } from "node:path";
import { readOptions, writeOptions, type BuiltWorker } from "./built-options.ts";
import { HostError } from "./errors.ts";
import { assertFree, portOutsideEphemeral } from "./ports.ts";

export { HostError, portOutsideEphemeral, writeOptions, type BuiltWorker };

/** A built Worker in workerd, with no development proxy in front of it. */
export interface WorkerHost {
  /** Where it listens, on loopback. */
  readonly url: URL;
  /** workerd's process ids. */
  readonly pids: readonly number[];
  /** Where the inspector of the Worker's isolate is, a WebSocket; absent unless {@link HostOptions.inspect}. */
  readonly inspector?: URL;
  /** The same of Miniflare's own Worker, which gets each request first. */
  readonly frontInspector?: URL;
  /**
   * SIGKILL, as on a machine that fails. A process that has ended by itself is as good as killed. `dispose` is still to be called.
   *
   * @throws HostError where the system does not say which processes are workerd's
   */
  kill(): void;
  dispose(): Promise<void>;
}

export interface HostOptions {
  /** A Worker that gets the requests in its stead, and reaches it through a service binding: its script, and the binding's name. */
  readonly caller?: { readonly script: string; readonly binding: string };
  /** The Worker's variables. Our Agent's are in packages/agent-worker/README.md. */
  readonly vars?: Readonly<Record<string, string>>;
  /** The folder of its static files, where it has any: they are served as its wrangler configuration says. Default: none, so that its binding is not there. */
  readonly assets?: string;
  /** Default: any free one. For one that comes back on its port, take {@link portOutsideEphemeral}. */
  readonly port?: number;
  /** A folder for the agents' storage; in memory if absent. */
  readonly persistTo?: string;
  /** What workerd's process has in its environment besides. */
  readonly env?: Readonly<Record<string, string>>;
  /** Opens V8's inspector, for heap figures after a forced collection. Default: none. */
  readonly inspect?: boolean;
  /** Prints what the Worker logs, or gives it to a function. Default: neither. */
  readonly log?: boolean | ((message: string) => void);
}

let lastStart: Promise<unknown> = Promise.resolve();

/**
 * Starts a Worker that `wrangler deploy` would upload. Those that are asked for at once start one after another: only so is a process that was
 * not there before a Worker's own.
 *
 * @throws HostError
 */
export function startWorker(worker: BuiltWorker, options: HostOptions = {}): Promise<WorkerHost> {
  const started = lastStart.then(() => start(worker, options));
  lastStart = started.catch(() => undefined); // Whoever asked is told.
  return started;
}

async function start(built: BuiltWorker, options: HostOptions): Promise<WorkerHost> {
  // No telemetry, and no look-up of a `cf` object outside.
  process.env["WRANGLER_SEND_METRICS"] ??= "false";
  const { assets: served, ...worker } = await readOptions(built);
  // Half a second of a processor: only whoever starts a Worker pays for it.
  const { convertV4MiniflareOptions, Log, LogLevel, Miniflare } = await import("miniflare");
  const port = options.port ?? 0;
  if (port !== 0) await assertFree(port);
  const before = await childProcesses();
  const { log = false, caller } = options;
  const name = "agent-transports";
  const agent = {
    ...worker,
    name,
    ...moduleOptions(built.script),
    rootPath: dirname(built.config),
    bindings: { ...options.vars },
    ...(options.assets === undefined ? {} : { assets: { ...served, directory: options.assets } }),
  };
  const miniflare = new Miniflare({
    ...convertV4MiniflareOptions({
      // The first gets the requests.
      workers: [
        ...(caller === undefined
          ? []
          : [
              {
                name: "caller",
                compatibilityDate: String(worker.compatibilityDate),
                ...moduleOptions(caller.script),
                serviceBindings: { [caller.binding]: name },
              },
            ]),
        agent,
      ],
      host: "127.0.0.1",
      port,
      cf: false,
      ...(options.env === undefined ? {} : { unsafeRuntimeEnv: { ...options.env } }),
      ...(options.inspect === true ? { inspectorPort: 0 } : {}),
      log: new Log(log === true ? LogLevel.INFO : LogLevel.NONE),
      handleStructuredLogs: ({ message }) => {
        if (typeof log === "function") log(message);
        else if (log) console.error(message);
      },
    }),
    ...(options.persistTo === undefined ? {} : { resourcePersistencePath: options.persistTo }),
  });
  try {
    const url = await miniflare.ready;
    const pids = (await childProcesses()).filter((pid) => !before.includes(pid));
    const host = { url, pids, kill: () => kill(pids), dispose: () => miniflare.dispose() };
    if (options.inspect !== true) return host;
    const inspectors = await miniflare.getInspectorURL();
    return { ...host, inspector: new URL(`/core:user:${name}`, inspectors), frontInspector: new URL("/core:entry", inspectors) };
  } catch (error) {
    await miniflare.dispose();
    throw new HostError("start_failed", "The Worker did not start. Build it first: pnpm build.", error);
  }
}

function kill(pids: readonly number[]): void {
  if (pids.length === 0)
    throw new HostError("cannot_kill", "Here no Worker can be killed: the system has no /proc, which has its process id.");
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
    }
  }
}

/** workerd takes no module whose name leads out of its root. */
function moduleOptions(script: string): { readonly modules: true; readonly scriptPath: string; readonly modulesRoot: string } {
  return { modules: true, scriptPath: script, modulesRoot: dirname(script) };
}

/** workerd's processes below this one; empty where the system has no /proc. */
async function childProcesses(): Promise<number[]> {
  const { readdir, readFile } = await import("node:fs/promises");
  const found: number[] = [];
  let entries: string[];
  try {
    entries = await readdir("/proc");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
  for (const entry of entries) {
    if (!/^[0-9]+$/.test(entry)) continue;
    // A process may end between the listing and the look.
    const stat = await readFile(`/proc/${entry}/stat`, "utf8").catch(() => "");
    const [, name, parent] = /^[0-9]+ \((.*)\) \S ([0-9]+)/.exec(stat) ?? [];
    if (name === "workerd" && Number(parent) === process.pid) found.push(Number(entry));
  }
  return found;
}
