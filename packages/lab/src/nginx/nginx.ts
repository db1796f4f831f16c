import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeCertificate } from "../edge/certificate.ts";
import { EdgeError } from "../edge/errors.ts";
import { here, onFreePorts, startProgram } from "../edge/program.ts";
import { nginxPath, withoutNginx } from "../tools.ts";
import { FILES, nginxConfig, siteConfig, type NginxSettings } from "./config.ts";

/** A real nginx on loopback, before the Worker. */
export interface Nginx {
  readonly url: URL;
  readonly pid: number;
  /** Its own, in PEM, where it speaks TLS. */
  readonly certificate: string | undefined;
  /** What it has logged: warnings and worse. */
  errors(): Promise<string>;
  /** Ends it, by its pid, and removes its files. */
  close(): Promise<void>;
}

const HOST = "127.0.0.1";

/** Starts one with a folder, a port and a log of its own. @throws EdgeError */
export function startNginx(target: URL, settings: NginxSettings): Promise<Nginx> {
  return startNginxOf((port) => siteConfig({ port, target, settings }), settings.http2);
}

/**
 * Starts one with a configuration of somebody's own.
 *
 * @param site what is within `http { … }`, on a port of loopback. The files of a certificate are `certificate.pem` and `key.pem`
 * @throws EdgeError
 */
export async function startNginxOf(site: (port: number) => string, withTls: boolean): Promise<Nginx> {
  const missing = withoutNginx();
  if (missing !== null) throw new EdgeError("not_installed", missing);
  const prefix = await mkdtemp(join(tmpdir(), "nginx-"));
  const remove = (): Promise<void> => rm(prefix, { recursive: true, force: true });
  try {
    await mkdir(join(prefix, "temp"));
    const certificate = withTls ? await makeCertificate(HOST, [HOST]) : undefined;
    if (certificate !== undefined) {
      await writeFile(join(prefix, FILES.certificate), certificate.pem);
      await writeFile(join(prefix, FILES.key), certificate.key, { mode: 0o600 });
    }
    const { program, port } = await onFreePorts(1, here, async ([port = 0]) => {
      await writeFile(join(prefix, FILES.config), nginxConfig(site(port), prefix));
      const socketPath = join(prefix, FILES.ready);
      await rm(socketPath, { force: true });
      const args = ["-p", prefix, "-c", FILES.config, "-e", FILES.errors];
      return { port, program: await startProgram({ name: "nginx", path: nginxPath(), args, ready: { socketPath } }) };
    });
    return {
      url: new URL(`${withTls ? "https" : "http"}://${HOST}:${port}`),
      pid: program.pid,
      certificate: certificate?.pem,
      errors: () => readFile(join(prefix, FILES.errors), "utf8"),
      async close() {
        await program.stop();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
