import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { caddy } from "./caddy.ts";
import type { Side } from "../network/index.ts";
import { versionSaid } from "../tools.ts";
import type { Certificate } from "./certificate.ts";
import { EdgeError } from "./errors.ts";
import { haproxy } from "./haproxy.ts";
import { here, onFreePorts, startProgram, type Inside, type Program } from "./program.ts";
import type { EdgeProgram, HttpVersion, Port, Run } from "./site.ts";

/** What can stand before the Worker. nginx has a folder of its own, for its settings. */
export type EdgeKind = "caddy" | "haproxy";

export const edgePrograms: Readonly<Record<EdgeKind, EdgeProgram>> = { caddy, haproxy };

export interface EdgeOptions {
  /** The Worker, as the edge reaches it. */
  readonly target: URL;
  readonly certificate: Certificate;
  /** The side of a network where it is started, and listens. Default: here, on loopback. */
  readonly side?: Pick<Side, "address" | "inside">;
}

/** A real server before the Worker. It speaks TLS 1.3, and each version of HTTP on a port, and so an origin, of its own. */
export interface Edge extends AsyncDisposable {
  readonly kind: EdgeKind;
  /** As the program says it, such as `2.6.2`. */
  readonly version: string;
  readonly versions: readonly HttpVersion[];
  /** Over which of them it takes a WebSocket. */
  readonly webSockets: readonly HttpVersion[];
  readonly ports: readonly Port[];
  readonly certificate: Certificate;
  /** Where the certificate's name is. */
  readonly address: string;
  readonly pid: number;
  /** The origin of one of its ports, under the certificate's name. @throws EdgeError where this edge has none that speaks this */
  url(port: Port): URL;
  /** What it has logged of failures, among which are readers who went. */
  errors(): Promise<string>;
  /** Ends it, by its pid, and removes its files. */
  close(): Promise<void>;
}

/** @throws EdgeError */
export async function startEdge(kind: EdgeKind, options: EdgeOptions): Promise<Edge> {
  const program = edgePrograms[kind];
  const missing = program.missing();
  if (missing !== null) throw new EdgeError("not_installed", missing);
  const { certificate, target, side } = options;
  const address = side?.address ?? "127.0.0.1";
  const inside: Inside = side === undefined ? here : (run) => side.inside(run);
  const folder = await mkdtemp(join(tmpdir(), `${kind}-`));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const version = (await versionSaid(program.path(), program.version)) ?? "unknown";
    const { versions, webSockets } = program;
    const { ports, run, running } = await onFreePorts(program.ports.length, inside, async (free) => {
      const ports = new Map(program.ports.map((one, index) => [one, free[index] ?? 0]));
      const run = program.run({ address, ports, target, certificate, folder });
      return { ports, run, running: await launch(kind, program, run, folder, inside) };
    });
    const close = async (): Promise<void> => {
      await running.stop();
      await remove();
    };
    return {
      kind,
      version,
      versions,
      webSockets,
      ports: program.ports,
      certificate,
      address,
      pid: running.pid,
      url(asked) {
        const port = ports.get(asked);
        if (port === undefined)
          throw new EdgeError("not_spoken", `${kind} ${version} does not speak ${asked}: ask for ${versions.join(" or ")}.`);
        return new URL(`https://${certificate.name}:${port}`);
      },
      errors: async () => (run.log === undefined ? running.stderr() : readFile(join(folder, run.log), "utf8")),
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function launch(kind: EdgeKind, program: EdgeProgram, run: Run, folder: string, inside: Inside): Promise<Program> {
  if ("socketPath" in run.ready) await rm(run.ready.socketPath, { force: true });
  for (const [name, text] of Object.entries(run.files)) await writeFile(join(folder, name), text, { mode: 0o600 });
  const { args, env = {}, ready } = run;
  return startProgram({ name: kind, path: program.path(), args, env, ready, inside });
}
