import { startScriptedServer, type ScriptedRun } from "@agent-transports/conformance";
import { TransportError } from "@agent-transports/client-core";
import { JsonText, type ClientFrame, type RunChunk } from "@agent-transports/protocol";
import { expect, it } from "vitest";
import { createWsClient } from "./index.ts";
import { Uplink } from "./uplink.ts";

let sockets = 0;

/** Of an agent that answers everything but inputs. */
class WithoutInputs extends WebSocket {
  constructor(url: string | URL, protocols?: string | string[]) {
    super(url, protocols);
    sockets += 1;
  }

  override send(data: Parameters<WebSocket["send"]>[0]): void {
    if (typeof data !== "string" || !data.startsWith('{"type":"input"')) super.send(data);
  }
}

function run(id: string, events: number, everyMs: number): ScriptedRun {
  const chunks: RunChunk[] = Array.from({ length: events }, () => ({ type: "text-delta", id: "0", delta: "x" }));
  return { id, epoch: id, everyMs, chunks: [...chunks, { type: "data-run-end", data: { state: "finished" }, transient: true }] };
}

it("keeps the socket when an unanswered input has failed with the end of its run", { timeout: 60_000 }, async () => {
  const server = await startScriptedServer();
  await server.runs(run("short", 1, 0), run("neighbour", 100, 100));
  using client = createWsClient({ url: server.url, connectTimeoutMs: 300, retry: { baseMs: 5 }, WebSocket: WithoutInputs });
  const neighbour = client.resume("neighbour")[Symbol.asyncIterator]();
  await expect(client.resume("short").send("x")).rejects.toMatchObject({ code: "run_ended" });
  let rest = 14;
  // The socket that was on its way then is open with the first ones; the others take four times the limit.
  while (rest > 12) if ((await neighbour.next()).done !== true) rest -= 1;
  const before = sockets;
  while (rest > 0) if ((await neighbour.next()).done !== true) rest -= 1;
  expect(sockets).toBe(before);
  await server.close();
});

it("sends an unanswered input again, and forgets it once nobody waits for it", async () => {
  const sent: ClientFrame[] = [];
  const uplink = new Uplink((frame) => sent.push(frame));
  const over = new AbortController();
  const input = { type: "input", run: "r", key: "k", data: new JsonText("1") } as const;
  const answers = [uplink.ask(input, over.signal), uplink.ask({ type: "cancel", run: "r" }, over.signal)];
  uplink.resend();
  expect(sent.map(({ type }) => type)).toEqual(["input", "cancel", "input", "cancel"]);
  const error = new TransportError({ code: "run_ended", message: "The run has ended." });
  over.abort(error);
  for (const answer of answers) await expect(answer).rejects.toBe(error);
  expect(uplink.pending).toBe(false);
  uplink.resend();
  expect(sent).toHaveLength(4);
});

it("fails an input that is sent in the turn in which its client is closed, even without a socket", async () => {
  const server = await startScriptedServer();
  await server.runs(run("r", 1, 1_000));
  const lost = Promise.withResolvers<void>();
  class Watched extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      this.addEventListener("close", () => setTimeout(lost.resolve, 0));
    }
  }
  const client = createWsClient({ url: server.url, WebSocket: Watched });
  const followed = client.resume("r");
  await server.askedAt(0);
  followed.close();
  await server.close();
  await lost.promise;
  const sent = [followed.send("x"), followed.cancel()];
  client.close();
  for (const one of sent) await expect(one).rejects.toMatchObject({ code: "aborted" });
});
