import { startScriptedServer } from "@agent-transports/conformance";
import { expect, it } from "vitest";
import { createWsClient } from "./index.ts";

it("resets the count of refusals once a request has worked for a heartbeat period, as for connections", async () => {
  const server = await startScriptedServer();
  await server.runs({ id: "r", epoch: "e", chunks: [{ type: "start" }] });
  await server.plan(["hold"], ["hold"], ["hold"], ["hold"]);
  let socket: WebSocket | undefined;
  const Watched = new Proxy(WebSocket, {
    construct: (Class, [url, protocols]: [string, string[]?]) => (socket = new Class(url, protocols)),
  });
  using client = createWsClient({ url: server.url, heartbeatMs: 250, WebSocket: Watched, retry: { baseMs: 1, maxTries: 2 } });
  const run = client.resume("r");
  const refusal = { type: "error", run: "r", error: { code: "too_many_requests", message: "Full." } };
  for (const times of [1, 2, 3]) {
    await server.askedAt(times - 1);
    for (let heard = 0; heard < 4; heard += 1) await new Promise((resolve) => socket!.addEventListener("message", resolve, { once: true }));
    socket!.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(refusal) }));
    expect(run.connection, `refused ${times} times`).toBe("waiting");
  }
  await server.close();
});
