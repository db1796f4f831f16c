import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { promisify } from "node:util";

/** A server of `dev` alone that kills the Worker's process when the page asks for it. No deployment has one. */
export interface FaultServer {
  /** Where a POST kills it. Nobody else can guess it. */
  readonly killUrl: string;
}

/**
 * What it kills is the workerd below this process in which the Worker runs: the one that can be inspected. wrangler's own proxy, which is a workerd too,
 * cannot be, and stays. wrangler starts another Worker by itself, on the same storage.
 */
export async function startFaultServer(): Promise<FaultServer> {
  const path = `/kill/${randomUUID()}`;
  const server = createServer((request, response) => {
    // A page of this machine asks: the address is the secret.
    response.setHeader("Access-Control-Allow-Origin", "*");
    if (request.method !== "POST" || request.url !== path) {
      response.writeHead(404).end();
      return;
    }
    kill().then(
      (killed) =>
        killed > 0
          ? response.writeHead(204).end()
          : response.writeHead(409).end("no process of it runs. Wait until dev is ready, and try again."),
      (error: unknown) => response.writeHead(500).end(whyNot(error)),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  // It is not what keeps `dev` running.
  server.unref();
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server of faults has no port.");
  return { killUrl: `http://127.0.0.1:${address.port}${path}` };
}

/** As the end of a sentence. */
function whyNot(error: unknown): string {
  if (error instanceof Error && "code" in error && error.code === "ENOENT")
    return "its process is found by the program ps, which is not here. Install it: on Debian and Ubuntu it is in the package procps.";
  return String(error);
}

/** Without warning, as a machine that fails. @returns how many processes that were */
async function kill(): Promise<number> {
  // BSD's cuts lines at 80 characters without "ww".
  const { stdout } = await promisify(execFile)("ps", ["-A", "-ww", "-o", "pid=,ppid=,args="]);
  const processes = stdout
    .trim()
    .split("\n")
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .flatMap((found) => (found === null ? [] : [{ pid: Number(found[1]), parent: Number(found[2]), command: found[3] ?? "" }]));
  const below = (parent: number): readonly (typeof processes)[number][] =>
    processes.filter((one) => one.parent === parent).flatMap((one) => [one, ...below(one.pid)]);
  const workers = below(process.pid).filter(({ command }) => /workerd serve /.test(command) && command.includes(" --inspector-addr="));
  return workers.filter(({ pid }) => killed(pid)).length;
}

/** Whether it was still there: since `ps` has listed it, it may have ended by itself. */
function killed(pid: number): boolean {
  try {
    return process.kill(pid, "SIGKILL");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
    throw error;
  }
}
