/** docs/troubleshooting.md, "An nginx for both transports": the block as it stands, with this machine's port, certificate and Agent. */
import tls from "node:tls";
import { http2Fetch, type HttpFetch } from "@agent-transports/lab/edge";
import { needs } from "@agent-transports/lab/needs";
import { startNginxOf, type Nginx } from "@agent-transports/lab/nginx";
import { replyMarker, startProvider, type ScriptedProvider } from "@agent-transports/lab/provider";
import { nginx, openssl } from "@agent-transports/lab/tools";
import { startWorker, type WorkerHost } from "@agent-transports/lab/worker-host";
import { createSseClient, type TransportClient } from "@agent-transports/sse-client";
import { createWsClient } from "@agent-transports/ws-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readDocuments } from "./blocks.ts";
import { replace } from "./examples.ts";

const block = (await readDocuments()).find(
  ({ id, language }) => id === "docs/troubleshooting.md#an-nginx-for-both-transports" && language === "nginx",
);

describe("the nginx of the troubleshooting page", { timeout: 60_000, ...needs(nginx, openssl) }, () => {
  let provider: ScriptedProvider;
  let host: WorkerHost;
  let edge: Nginx;
  let overHttp2: HttpFetch;
  beforeAll(async () => {
    provider = await startProvider();
    // As it is deployed: no other origin may.
    host = await startWorker({ vars: { OPENAI_API_KEY: "scripted", OPENAI_BASE_URL: provider.baseUrl, OPENAI_API: "chat" } });
    const here = (port: number): string =>
      replace(block?.code ?? "", {
        "listen 443": `listen 127.0.0.1:${port}`,
        "server 127.0.0.1:8787": `server ${host.url.host}`,
        "/etc/ssl/agent.pem": "certificate.pem",
        "/etc/ssl/agent.key": "key.pem",
      });
    edge = await startNginxOf(here, true);
    overHttp2 = http2Fetch(edge.url, { ca: edge.certificate ?? "" });
    // Node's own WebSocket takes no certificate, but believes in what Node does.
    tls.setDefaultCACertificates([...tls.getCACertificates("default"), edge.certificate ?? ""]);
  }, 60_000);
  afterAll(async () => {
    await overHttp2?.close();
    await edge?.close();
    await host?.dispose();
    await provider?.close();
  });

  /** What browsers send from a page of this server. */
  function clientOf(transport: "SSE" | "WebSocket"): TransportClient {
    const { origin } = edge.url;
    const at = { url: origin, name: "demo" };
    if (transport === "SSE") return createSseClient({ ...at, headers: { Origin: origin }, fetch: overHttp2.fetch });
    const PageSocket = new Proxy(WebSocket, {
      construct: (target, [url]: [string]) => Reflect.construct(target, [url, { headers: { Origin: origin } }]),
    });
    return createWsClient({ ...at, WebSocket: PageSocket });
  }

  it.each(["SSE", "WebSocket"] as const)("passes each word on while the answer goes on, and takes inputs, over %s", async (transport) => {
    const end = Promise.withResolvers<void>();
    provider.addReply(transport, { tokens: ["first ", "last"], dueMs: [0, 0], end: end.promise });
    using client = clientOf(transport);
    const run = client.start({ prompt: replyMarker(transport) });
    let text = "";
    for await (const { data } of run) {
      if (data.type !== "text-delta") continue;
      text += data.delta;
      if (text !== "first ") continue;
      // The model says no more before this has come through.
      await run.send("an input");
      end.resolve();
    }
    expect({ text, state: run.end?.state }).toEqual({ text: "first last", state: "finished" });
    expect(await edge.errors()).toBe("");
  });
});
