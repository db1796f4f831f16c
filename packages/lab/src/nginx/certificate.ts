import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { FILES } from "./config.ts";
import { NginxError } from "./errors.ts";

const run = promisify(execFile);
const OPENSSL = "openssl";
const LIMIT_MS = 10_000;

/** A self-signed certificate for loopback and its key, for a day, in nginx's prefix. @returns the certificate, in PEM @throws NginxError */
export async function makeCertificate(prefix: string): Promise<string> {
  const certificate = join(prefix, FILES.certificate);
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", join(prefix, FILES.key)];
  const name = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
  try {
    // node:crypto makes keys and reads certificates, and makes none.
    await run(OPENSSL, ["req", "-x509", "-days", "1", ...key, ...name, "-out", certificate], { timeout: LIMIT_MS });
    return await readFile(certificate, "utf8");
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new NginxError("no_certificate", `No certificate for TLS could be made with openssl: ${why}`, cause);
  }
}
