import { startScriptedServer } from "@agent-transports/conformance";
import { expect, it } from "vitest";
import { createSseClient } from "./client.ts";

it("sends bytes without base64, with their key in a header", async () => {
  const sent: RequestInit[] = [];
  const server = await startScriptedServer();
  const tapped: typeof fetch = (input, init = {}) => {
    sent.push(init);
    return fetch(input, init);
  };
  using client = createSseClient({ url: server.url, fetch: tapped, headers: { "Content-Type": "text/plain", Authorization: "Bearer t" } });
  try {
    await server.runs({ id: "r", epoch: "e", chunks: [{ type: "start" }] });
    await server.plan([{ send: [1, 1] }, "hold"]);
    const run = client.start({ prompt: "Hello" });
    await run.send(Uint8Array.of(4, 5, 6), { key: "k" });
    const { body, headers } = sent.at(-1)!;
    expect(body).toEqual(Uint8Array.of(4, 5, 6));
    expect(Object.fromEntries(new Headers(headers))).toMatchObject({
      "content-type": "application/octet-stream",
      "idempotency-key": "k",
      authorization: "Bearer t",
    });
    expect(await server.inputs()).toEqual([{ key: "k", data: Uint8Array.of(4, 5, 6) }]);
  } finally {
    await server.close();
  }
});
