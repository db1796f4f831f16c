/** The routes from a client to the Worker, through a real nginx or not, that the scenarios about proxies compare; as data. */
import tls from "node:tls";
import type { TransportClient } from "@agent-transports/client-core";
import { http2Fetch } from "@agent-transports/lab/edge";
import { NGINX_DEFAULTS, type NginxSettings } from "@agent-transports/lab/nginx";
import type { FaultProxy } from "@agent-transports/lab/proxy";
import { createSseClient } from "@agent-transports/sse-client";
import type { ClientArm, LocalLab } from "../../lab/lab.ts";

export interface Route {
  readonly label: string;
  /** `undefined`: no nginx. */
  readonly nginx: NginxSettings | undefined;
  /** What nginx stands before. Default: the lab's Worker. */
  readonly worker?: "compressing";
}

/** What nginx's handbook and every guide to event streams advise. */
const ADVISED: NginxSettings = { ...NGINX_DEFAULTS, buffering: false, upstreamHttp: "1.1" };

export const routes = {
  direct: { label: "no nginx", nginx: undefined },
  off: { label: "nginx, buffering off", nginx: ADVISED },
  heeded: { label: "nginx buffers by default, and heeds X-Accel-Buffering: no", nginx: NGINX_DEFAULTS },
  held: { label: "nginx buffers by default, X-Accel-Buffering ignored", nginx: { ...NGINX_DEFAULTS, accelBuffering: "ignored" } },
  chunked: {
    label: "the same, with HTTP/1.1 to the Worker",
    nginx: { ...NGINX_DEFAULTS, accelBuffering: "ignored", upstreamHttp: "1.1" },
  },
  gzip: { label: "nginx compresses event streams, buffering off", nginx: { ...ADVISED, gzip: "forced" } },
  gzipHeld: {
    label: "nginx compresses event streams and buffers, X-Accel-Buffering ignored",
    nginx: { ...NGINX_DEFAULTS, accelBuffering: "ignored", upstreamHttp: "1.1", gzip: "forced" },
  },
  http2: { label: "nginx with TLS, buffering off: SSE over HTTP/2", nginx: { ...ADVISED, http2: true } },
} as const satisfies Readonly<Record<string, Route>>;

export interface OpenRoute extends Disposable {
  readonly client: TransportClient;
  /** Between the client and nginx, or the Worker. */
  readonly proxy: FaultProxy;
}

/** Where this route begins: the proxy of an arm, and the URL that leads through it. @throws EdgeError */
export async function startOfRoute(
  lab: LocalLab,
  arm: string,
  { nginx, worker }: Route,
): Promise<{ readonly proxy: FaultProxy; readonly url: URL }> {
  const proxy = nginx === undefined ? lab.proxy(arm) : await lab.nginxProxy(arm, nginx, worker);
  const url = new URL(proxy.url);
  if (nginx?.http2 === true) url.protocol = "https:";
  return { proxy, url };
}

/** A client of an agent, on this route. @throws EdgeError */
export async function openRoute(lab: LocalLab, arm: ClientArm, route: Route, name: string): Promise<OpenRoute> {
  const { proxy, url } = await startOfRoute(lab, arm.id, route);
  if (route.nginx?.http2 !== true) {
    const client = lab.client(arm, { name, url });
    return { client, proxy, [Symbol.dispose]: () => client.close() };
  }
  const { certificate = "" } = await lab.nginx(route.nginx);
  if (arm.transport === "ws") {
    trust(certificate);
    const client = lab.client(arm, { name, url });
    return { client, proxy, [Symbol.dispose]: () => client.close() };
  }
  const http2 = http2Fetch(url, { ca: certificate });
  const client = createSseClient({ name, url, fetch: http2.fetch });
  return {
    client,
    proxy,
    [Symbol.dispose]() {
      client.close();
      void http2.close();
    },
  };
}

const trusted = new Set<string>();

/** Node's own WebSocket takes no certificate, but believes in what Node does. */
function trust(certificate: string): void {
  if (trusted.has(certificate)) return;
  tls.setDefaultCACertificates([...tls.getCACertificates("default"), certificate]);
  trusted.add(certificate);
}

/** Why there is no HTTP/2 in this Node; `null` where there is. */
export function withoutTrust(): string | null {
  return typeof tls.setDefaultCACertificates === "function"
    ? null
    : `Node ${process.version} takes no certificate for its WebSocket: 24.5 does.`;
}
