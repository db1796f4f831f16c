/** What is turned at an nginx that stands before the Worker; everything else is nginx's default. */
export interface NginxSettings {
  /** `proxy_buffering`. */
  readonly buffering: boolean;
  /** What becomes of the Agent's `X-Accel-Buffering: no`, which turns buffering off for its response: nginx heeds it unless it is told not to. */
  readonly accelBuffering: "heeded" | "ignored";
  /**
   * `proxy_http_version`, of requests; upgrades need 1.1. With 1.0, which was nginx's default for 20 years, buffering fills whole buffers of 4 or 8 KiB. With 1.1 an
   * answer comes in chunks (RFC 9112 §7.1), and nginx passes each on when it is whole, buffering or not.
   */
  readonly upstreamHttp: "1.0" | "1.1";
  /** `proxy_read_timeout` in ms: how long the Worker may say nothing. nginx's default is 60,000. */
  readonly readTimeoutMs: number;
  /**
   * `gzip` of event streams. nginx compresses nothing that has a `Content-Encoding`, and the Agent's streams say `identity`:
   * `forced` hides that header, so that they are compressed all the same.
   */
  readonly gzip: "off" | "on" | "forced";
  /** Whether a client's offer of permessage-deflate (RFC 7692) goes on to the Worker. */
  readonly deflate: boolean;
  /** TLS, with HTTP/2 for clients that ask for it by ALPN. Upgrades to WebSocket are HTTP/1.1's. */
  readonly http2: boolean;
}

export const NGINX_DEFAULTS: NginxSettings = {
  buffering: true,
  accelBuffering: "heeded",
  upstreamHttp: "1.0",
  readTimeoutMs: 60_000,
  gzip: "off",
  deflate: true,
  http2: false,
};

/** What the configuration is made from. */
export interface NginxSite {
  /** On loopback. */
  readonly port: number;
  /** The Worker. */
  readonly target: URL;
  readonly settings: NginxSettings;
}

/** In nginx's prefix. */
export const FILES = {
  config: "nginx.conf",
  errors: "error.log",
  ready: "ready.sock",
  certificate: "certificate.pem",
  key: "key.pem",
} as const;

/** What is within `http { … }` of a reverse proxy of the Worker for requests, event streams and upgrades to WebSocket. */
export function siteConfig({ port, target, settings }: NginxSite): string {
  return `# Whole contexts go up.
client_max_body_size 16m;
# Handshakes' URLs hold up to 10,240 characters.
large_client_header_buffers 4 16k;
upstream agent {
  server ${target.hostname}:${target.port};
  keepalive 32;
}
server {
${indent(2, serverLines(port, settings))}
  # An upgrade and a request have the same path, and need different settings.
  error_page 418 = @upgrade;
  location / {
    if ($http_upgrade) {
      return 418;
    }
${indent(4, requestLines(settings))}
  }
  location @upgrade {
${indent(4, upgradeLines(settings))}
  }
}`;
}

/**
 * The whole of an nginx.conf. Its paths are relative to the prefix, but for the socket on which it says that it is ready, for which nginx takes
 * absolute ones only.
 *
 * @param site what is within `http { … }`
 */
export function nginxConfig(site: string, prefix: string): string {
  return `# One process: what a worker does is the same, and one pid ends it.
master_process off;
daemon off;
pid nginx.pid;
error_log ${FILES.errors} warn;
events {
  worker_connections 4096;
}
http {
  access_log off;
  client_body_temp_path temp/body;
  proxy_temp_path temp/proxy;
  fastcgi_temp_path temp/fastcgi;
  uwsgi_temp_path temp/uwsgi;
  scgi_temp_path temp/scgi;
  server {
    listen unix:${prefix}/${FILES.ready};
    return 204;
  }
${indent(2, site.split("\n"))}
}
`;
}

function serverLines(port: number, { http2, gzip }: NginxSettings): string[] {
  const listening = http2
    ? [`listen 127.0.0.1:${port} ssl http2;`, `ssl_certificate ${FILES.certificate};`, `ssl_certificate_key ${FILES.key};`]
    : [`listen 127.0.0.1:${port};`];
  return [...listening, `gzip ${onOff(gzip !== "off")};`, "gzip_types text/event-stream;"];
}

function requestLines(settings: NginxSettings): string[] {
  const { upstreamHttp, buffering, accelBuffering, gzip } = settings;
  return [
    ...proxyLines(settings),
    `proxy_http_version ${upstreamHttp};`,
    // For 1.0 nginx's own `close` stays.
    ...(upstreamHttp === "1.1" ? ['proxy_set_header Connection "";'] : []),
    `proxy_buffering ${onOff(buffering)};`,
    ...(accelBuffering === "ignored" ? ["proxy_ignore_headers X-Accel-Buffering;"] : []),
    ...(gzip === "forced" ? ["proxy_hide_header Content-Encoding;"] : []),
  ];
}

function upgradeLines(settings: NginxSettings): string[] {
  return [
    ...proxyLines(settings),
    "proxy_http_version 1.1;",
    "proxy_set_header Upgrade $http_upgrade;",
    'proxy_set_header Connection "upgrade";',
    ...(settings.deflate ? [] : ['proxy_set_header Sec-WebSocket-Extensions "";']),
  ];
}

function proxyLines({ readTimeoutMs, http2 }: NginxSettings): string[] {
  return [
    "proxy_pass http://agent;",
    "proxy_set_header Host $http_host;",
    // TLS ends here, and the Worker is asked in plain HTTP: it must know that its own pages are of `https`, or it takes them for foreign ones.
    ...(http2 ? ["proxy_set_header X-Forwarded-Proto https;"] : []),
    // A start that fails is the client's to repeat, under its key.
    "proxy_next_upstream off;",
    `proxy_read_timeout ${readTimeoutMs}ms;`,
  ];
}

function indent(columns: number, lines: readonly string[]): string {
  return lines.map((line) => `${" ".repeat(columns)}${line}`).join("\n");
}

function onOff(on: boolean): string {
  return on ? "on" : "off";
}
