import { execFile } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { EdgeError } from "./errors.ts";

const run = promisify(execFile);
const OPENSSL = "openssl";
const LIMIT_MS = 10_000;

/** Self-signed, for a day: whoever believes it is told so. */
export interface Certificate {
  /** The host that it is for, beside addresses. */
  readonly name: string;
  /** The certificate, in PEM. */
  readonly pem: string;
  /** Its private key, in PEM. */
  readonly key: string;
  /** SHA-256 of its public key, in Base64: Chromium takes it in `--ignore-certificate-errors-spki-list`. */
  readonly spki: string;
}

/** @param name a host that is in no DNS (RFC 6761 §6.2), or an address @throws EdgeError */
export async function makeCertificate(name = "agent.test", addresses: readonly string[] = ["127.0.0.1"]): Promise<Certificate> {
  const folder = await mkdtemp(join(tmpdir(), "certificate-"));
  const [file, keyFile] = [join(folder, "certificate.pem"), join(folder, "key.pem")];
  const names = [...(addresses.includes(name) ? [] : [`DNS:${name}`]), ...addresses.map((address) => `IP:${address}`)];
  try {
    // node:crypto makes keys and reads certificates, and makes none.
    const kind = ["-days", "1", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    const subject = ["-subj", `/CN=${name}`, "-addext", `subjectAltName=${names.join()}`];
    await run(OPENSSL, ["req", "-x509", ...kind, ...subject, "-keyout", keyFile, "-out", file], { timeout: LIMIT_MS });
    const [pem, key] = await Promise.all([readFile(file, "utf8"), readFile(keyFile, "utf8")]);
    const { publicKey } = new X509Certificate(pem);
    const spki = createHash("sha256").update(publicKey.export({ type: "spki", format: "der" }));
    return { name, pem, key, spki: spki.digest("base64") };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new EdgeError("no_certificate", `No certificate for TLS could be made with openssl: ${why}`, cause);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
