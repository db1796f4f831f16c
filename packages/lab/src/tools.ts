import { execFile, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { withoutCongestionControl, withoutNetwork } from "./network/allowed.ts";

/** For a program's answer about itself. */
const ANSWER_LIMIT_MS = 10_000;

/** What npm does not install, and a machine may lack. `pnpm test` reads this before anything is built: it imports only Node. */
export interface Tool {
  readonly name: string;
  /** What has it on Debian; `null` where no package helps, and `missing` says what does. */
  readonly debian: string | null;
  /** Why it cannot be used here, and what to do; `null` where it can. */
  readonly missing: () => string | null;
}

export function chromiumPath(): string {
  return process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium";
}

/** Why there is no browser to be measured or tested in; `null` where there is one. */
export function withoutChromium(): string | null {
  return existsSync(chromiumPath()) ? null : `There is no Chromium at ${chromiumPath()}: install it, or say where it is in CHROMIUM_PATH.`;
}

export function firefoxPath(): string {
  return process.env["FIREFOX_PATH"] ?? "/usr/bin/firefox-esr";
}

/** Why there is no Firefox to be tested in; `null` where there is one. */
export function withoutFirefox(): string | null {
  return existsSync(firefoxPath()) ? null : `There is no Firefox at ${firefoxPath()}: install it, or say where it is in FIREFOX_PATH.`;
}

export function nginxPath(): string {
  return process.env["NGINX_PATH"] ?? "/usr/sbin/nginx";
}

/** Why there can be no nginx on this machine; `null` where there is one. */
export function withoutNginx(): string | null {
  return existsSync(nginxPath()) ? null : `There is no nginx at ${nginxPath()}: install one, or say where it is in NGINX_PATH.`;
}

export function caddyPath(): string {
  return process.env["CADDY_PATH"] ?? "/usr/bin/caddy";
}

/** Why there can be no Caddy on this machine; `null` where there is one. */
export function withoutCaddy(): string | null {
  return existsSync(caddyPath()) ? null : `There is no Caddy at ${caddyPath()}: install one, or say where it is in CADDY_PATH.`;
}

export function haproxyPath(): string {
  return process.env["HAPROXY_PATH"] ?? "/usr/sbin/haproxy";
}

/** Why there can be no HAProxy on this machine; `null` where there is one. */
export function withoutHaproxy(): string | null {
  return existsSync(haproxyPath()) ? null : `There is no HAProxy at ${haproxyPath()}: install one, or say where it is in HAPROXY_PATH.`;
}

/** Why there can be no certificate on this machine; `null` where there can. */
export function withoutOpenssl(): string | null {
  return isOnPath("openssl") ? null : "There is no openssl: install it, because it makes the certificate for TLS.";
}

/** Why nothing can be compiled from C on this machine; `null` where it can. */
function withoutCompiler(): string | null {
  if (!isOnPath("cc")) return "There is no C compiler, cc: install one.";
  // Debian's is there without the headers of its library. Elsewhere nothing needs them.
  if (process.platform !== "linux") return null;
  const { status } = spawnSync("cc", ["-fsyntax-only", "-xc", "-"], { input: "#include <stdlib.h>\n", timeout: ANSWER_LIMIT_MS });
  return status === 0 ? null : "The C compiler, cc, has no headers of its library: install libc6-dev, or what your system calls it.";
}

/** What makes a program say a version, and where in its words that is: the first group, or all that matches. */
export interface VersionQuestion {
  readonly args: readonly string[];
  readonly says: RegExp;
}

const ANY_VERSION = /\d+(?:\.\d+)+/;
export const chromiumVersion: readonly VersionQuestion[] = [{ args: ["--version"], says: ANY_VERSION }];
export const nginxVersion: readonly VersionQuestion[] = [{ args: ["-v"], says: ANY_VERSION }];
export const haproxyVersion: readonly VersionQuestion[] = [{ args: ["-v"], says: ANY_VERSION }];
/** One that `go install` has built says that its version is unknown, and yet was built with it. */
export const caddyVersion: readonly VersionQuestion[] = [
  { args: ["version"], says: ANY_VERSION },
  { args: ["build-info"], says: /^mod\s+github\.com\/caddyserver\/caddy\/v2\s+v(\S+)/m },
];
/** What Caddy speaks HTTP/3 with. Debian's does not say it. */
export const quicGoVersion: readonly VersionQuestion[] = [{ args: ["build-info"], says: /^dep\s+github\.com\/quic-go\/quic-go\s+v(\S+)/m }];

/** What a program answers to the first question that it answers; `undefined` where it is not there, or answers none. */
export async function versionSaid(path: string, questions: readonly VersionQuestion[]): Promise<string | undefined> {
  for (const { args, says } of questions) {
    // One that is not there, or does not know the question, has said nothing.
    const said = await promisify(execFile)(path, args, { timeout: ANSWER_LIMIT_MS }).catch(() => ({ stdout: "", stderr: "" }));
    const [all, version = all] = says.exec(`${said.stdout}${said.stderr}`) ?? [];
    if (version !== undefined) return version;
  }
  return undefined;
}

export function isOnPath(program: string): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, program)));
}

export const chromium: Tool = { name: "Chromium", debian: "chromium", missing: withoutChromium };
export const firefox: Tool = { name: "Firefox", debian: "firefox-esr", missing: withoutFirefox };
export const nginx: Tool = { name: "nginx", debian: "nginx-light", missing: withoutNginx };
export const caddy: Tool = { name: "Caddy", debian: "caddy", missing: withoutCaddy };
export const haproxy: Tool = { name: "HAProxy", debian: "haproxy", missing: withoutHaproxy };
export const openssl: Tool = { name: "openssl", debian: "openssl", missing: withoutOpenssl };
export const curl: Tool = { name: "curl", debian: "curl", missing: () => (isOnPath("curl") ? null : "There is no curl: install it.") };
export const cc: Tool = { name: "a C compiler", debian: "gcc libc6-dev", missing: withoutCompiler };
/** Two namespaces with a link between, which the system must allow. */
export const network: Tool = { name: "a network of namespaces", debian: null, missing: withoutNetwork };
/** What networks here control TCP with, where nothing else is asked for: Linux's default. */
export const cubic: Tool = { name: "CUBIC in the kernel", debian: null, missing: () => withoutCongestionControl("cubic") };
export const bbr: Tool = { name: "BBR in the kernel", debian: null, missing: () => withoutCongestionControl("bbr") };

/** Everything that tests or measurements need beside npm's. */
export const tools: readonly Tool[] = [chromium, firefox, nginx, caddy, haproxy, openssl, curl, cc, network, cubic, bbr];

/** Of some tools those that are missing, with the one command that installs them, and what else would help; `null` where all are there. */
export function leftOut(tools: readonly Tool[]): string | null {
  const missing = tools.filter((tool) => tool.missing() !== null);
  if (missing.length === 0) return null;
  const names = missing.map(({ name }) => name).join(", ");
  const packages = missing.flatMap(({ debian }) => debian ?? []).join(" ");
  return [
    `This machine lacks ${names}: what needs them is skipped.`,
    ...(packages === "" ? [] : [`On Debian, install them with: sudo apt-get install -y ${packages}`]),
    ...missing.flatMap((tool) => (tool.debian === null ? (tool.missing() ?? []) : [])),
  ].join(" ");
}

/** Before a measurement on this machine; a deployment needs none of it. */
export function sayWhatIsLeftOut(deployment: URL | undefined): void {
  const line = deployment === undefined ? leftOut([chromium, nginx, haproxy, caddy, openssl, network, cubic, bbr]) : null;
  if (line !== null) process.stderr.write(`${line}\n`);
}
