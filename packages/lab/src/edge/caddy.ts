import { join } from "node:path";
import { caddyPath, caddyVersion, withoutCaddy } from "../tools.ts";
import type { EdgeProgram, Port, Site } from "./site.ts";

const ALPN: Readonly<Partial<Record<Port, string>>> = { h1: "http/1.1", h2: "h2", h3: "h3" };
const FILES = { config: "caddy.json", certificate: "certificate.pem", key: "key.pem", log: "error.log" } as const;
/** Its first word after all of the configuration is loaded, on its standard error. An answer of its API would not do: there is one, too, when that failed. */
const READY = "serving initial configuration";
/** Open connections are cut then: event streams end by themselves only with their runs. */
const STOP = "1s";

export const caddy: EdgeProgram = {
  versions: ["h1", "h2", "h3"],
  ports: ["h1", "h2", "h3"],
  webSockets: ["h1"],
  path: caddyPath,
  missing: withoutCaddy,
  version: caddyVersion,
  run(site) {
    const { folder, certificate } = site;
    return {
      files: {
        [FILES.config]: JSON.stringify(configOf(site), null, 2),
        [FILES.certificate]: certificate.pem,
        [FILES.key]: certificate.key,
        // Caddy makes it with its first line.
        [FILES.log]: "",
      },
      args: ["run", "--config", join(folder, FILES.config)],
      // Nothing of it is outside of its folder.
      env: { HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
      ready: { says: READY },
      log: FILES.log,
    };
  },
};

/** In Caddy's JSON, because its Caddyfile cannot say all of it in 2.6. */
function configOf({ ports, address, target, folder }: Site): object {
  const servers = [...ports].map(([version, port]) => [version, serverOf(version, `${address}:${port}`, target)]);
  return {
    admin: { disabled: true, config: { persist: false } },
    logging: {
      logs: {
        default: { level: "INFO", exclude: ["http"] },
        failures: { level: "ERROR", writer: { output: "file", filename: join(folder, FILES.log) } },
      },
    },
    apps: {
      http: { grace_period: STOP, servers: Object.fromEntries(servers) },
      tls: {
        certificates: { load_files: [{ certificate: join(folder, FILES.certificate), key: join(folder, FILES.key) }] },
        disable_ocsp_stapling: true,
      },
    },
  };
}

function serverOf(version: Port, listen: string, target: URL): object {
  return {
    listen: [listen],
    // Caddy has no HTTP/2 without HTTP/1.1: ALPN and the first route refuse that.
    protocols: version === "h2" ? ["h1", "h2"] : [version],
    automatic_https: { disable: true },
    tls_connection_policies: [{ alpn: [ALPN[version]], protocol_min: "tls1.3" }],
    routes: [
      ...(version === "h2" ? [{ match: [{ not: [{ protocol: "http/2" }] }], handle: [{ handler: "static_response", abort: true }] }] : []),
      {
        handle: [
          // TLS ends here, and the Worker is asked in plain HTTP: Caddy's X-Forwarded-Proto tells it that its own pages are of `https`.
          //
          // Caddy passes each write of an answer that has no length on at once. With `flush_interval: -1` it would do so with all others, but would not tell the
          // Worker when a reader has gone: a write to that reader would have to fail first.
          {
            handler: "reverse_proxy",
            upstreams: [{ dial: target.host }],
            transport: { protocol: "http", versions: ["1.1"], compression: false, keep_alive: { max_idle_conns_per_host: 256 } },
          },
        ],
      },
    ],
  };
}
