import { join } from "node:path";
import { haproxyPath, haproxyVersion, withoutHaproxy } from "../tools.ts";
import type { EdgeProgram, Port, Site } from "./site.ts";

const FILES = { config: "haproxy.cfg", certificate: "certificate-and-key.pem", ready: "ready.sock" } as const;
/** `proto` makes it read nothing else, whatever TLS has agreed on. */
const BIND: Readonly<Partial<Record<Port, string>>> = {
  h1: "alpn http/1.1 proto h1",
  h2: "alpn h2 proto h2",
  "h2-or-h1": "alpn h2,http/1.1",
};

/** It passes WebSockets over HTTP/2 on as upgrades of HTTP/1.1. */
export const haproxy: EdgeProgram = {
  versions: ["h1", "h2"],
  ports: ["h1", "h2", "h2-or-h1"],
  webSockets: ["h1", "h2"],
  path: haproxyPath,
  missing: withoutHaproxy,
  version: haproxyVersion,
  run(site) {
    const { folder, certificate } = site;
    return {
      files: { [FILES.config]: configOf(site), [FILES.certificate]: `${certificate.pem}${certificate.key}` },
      args: ["-db", "-f", join(folder, FILES.config)],
      ready: { socketPath: join(folder, FILES.ready) },
    };
  },
};

function configOf({ ports, address, target, folder }: Site): string {
  const pem = join(folder, FILES.certificate);
  const binds = [...ports].map(([speaks, port]) => `bind ${address}:${port} ssl crt ${pem} ${BIND[speaks]}`);
  return `global
  ssl-default-bind-options ssl-min-ver TLSv1.3
  log fd@2 format raw local0 err
defaults
  mode http
  log global
  # Requests that failed, and no others.
  option httplog
  option dontlog-normal
  option log-separate-errors
  timeout connect 5s
  # An event stream may say nothing for long, and so may a WebSocket.
  timeout client 1h
  timeout server 1h
  timeout tunnel 1h
  # A start that fails is the client's to repeat, under its key.
  retries 0
  # Each write of the Worker goes on at once.
  option http-no-delay
  # The Worker is told when a reader has gone.
  option abortonclose
# It listens here once it listens everywhere.
frontend ready
  bind unix@${join(folder, FILES.ready)}
  http-request return status 204
frontend edge
${binds.map((bind) => `  ${bind}`).join("\n")}
  # TLS ends here, and the Worker is asked in plain HTTP: it must know that its own pages are of https, or it takes them for foreign ones.
  http-request set-header X-Forwarded-Proto https
  default_backend agent
backend agent
  server agent ${target.host}
`;
}
