import { describe, expect, it } from "vitest";
import { NGINX_DEFAULTS, nginxConfig, siteConfig, type NginxSettings } from "./config.ts";

function configOf(settings: Partial<NginxSettings> = {}): string {
  const site = siteConfig({ port: 8081, target: new URL("http://127.0.0.1:8787"), settings: { ...NGINX_DEFAULTS, ...settings } });
  return nginxConfig(site, "/tmp/prefix");
}

/** The directives of a location, one a line. */
function location(config: string, name: string): string[] {
  const body = new RegExp(`location ${name} \\{\\n([\\s\\S]*?)\\n    \\}`).exec(config)?.[1];
  if (body === undefined) throw new Error(`There is no location ${name}.`);
  return body.split("\n").map((line) => line.trim());
}

describe("nginx's configuration", () => {
  it("passes requests and upgrades on to the Worker, and listens on loopback only", () => {
    const config = configOf();
    expect(config).toContain("server 127.0.0.1:8787;");
    expect(config.match(/listen .*/g)).toEqual(["listen unix:/tmp/prefix/ready.sock;", "listen 127.0.0.1:8081;"]);
    for (const name of ["/", "@upgrade"]) expect(location(config, name)).toContain("proxy_pass http://agent;");
    expect(location(config, "@upgrade")).toEqual(
      expect.arrayContaining([
        "proxy_http_version 1.1;",
        "proxy_set_header Upgrade $http_upgrade;",
        'proxy_set_header Connection "upgrade";',
      ]),
    );
  });

  it("keeps nginx's defaults when nothing is set", () => {
    const lines = location(configOf(), "/");
    expect(lines).toEqual(expect.arrayContaining(["proxy_buffering on;", "proxy_http_version 1.0;", "proxy_read_timeout 60000ms;"]));
    expect(lines.filter((line) => /ignore|hide|Connection/.test(line))).toEqual([]);
    expect(configOf()).toContain("gzip off;");
    expect(configOf()).not.toContain("ssl");
  });

  const requests: [Partial<NginxSettings>, string][] = [
    [{ buffering: false }, "proxy_buffering off;"],
    [{ accelBuffering: "ignored" }, "proxy_ignore_headers X-Accel-Buffering;"],
    [{ upstreamHttp: "1.1" }, "proxy_http_version 1.1;"],
    [{ upstreamHttp: "1.1" }, 'proxy_set_header Connection "";'],
    [{ gzip: "forced" }, "proxy_hide_header Content-Encoding;"],
    [{ readTimeoutMs: 1_500 }, "proxy_read_timeout 1500ms;"],
  ];
  it.each(requests)("%j adds %s for requests, and nothing else does", (settings, line) => {
    expect(location(configOf(settings), "/")).toContain(line);
    expect(location(configOf(), "/")).not.toContain(line);
  });

  it("sets the idle timeout for upgrades too, and removes their offer of compression on request", () => {
    const lines = location(configOf({ readTimeoutMs: 1_500, deflate: false }), "@upgrade");
    expect(lines).toEqual(expect.arrayContaining(["proxy_read_timeout 1500ms;", 'proxy_set_header Sec-WebSocket-Extensions "";']));
    expect(location(configOf(), "@upgrade").join()).not.toContain("Sec-WebSocket-Extensions");
  });

  it("compresses event streams when gzip is on", () => {
    for (const gzip of ["on", "forced"] as const) expect(configOf({ gzip })).toMatch(/gzip on;\n\s+gzip_types text\/event-stream;/);
  });

  it("speaks TLS and HTTP/2 with its own certificate on request", () => {
    const config = configOf({ http2: true });
    expect(config).toContain("listen 127.0.0.1:8081 ssl http2;");
    expect(config).toMatch(/ssl_certificate certificate\.pem;\n\s+ssl_certificate_key key\.pem;/);
  });

  it("tells the Worker, which is reached without TLS, that a page was reached with it", () => {
    const line = "proxy_set_header X-Forwarded-Proto https;";
    for (const name of ["/", "@upgrade"]) expect(location(configOf({ http2: true }), name)).toContain(line);
    expect(configOf()).not.toContain(line);
  });
});
