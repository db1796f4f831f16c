import { startScriptedServer } from "@agent-transports/conformance";
import type { StateChange } from "@agent-transports/client-core";
import type { RunChunk } from "@agent-transports/protocol";
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

it("asks again on the same socket, by its policy, for a run whose resume the agent did not answer", async () => {
  const server = await startScriptedServer();
  const [delta, end]: RunChunk[] = [
    { type: "text-delta", id: "0", delta: "x" },
    { type: "data-run-end", data: { state: "finished" }, transient: true },
  ];
  await server.runs(
    { id: "neighbour", epoch: "n", everyMs: 20, chunks: [...Array.from({ length: 500 }, () => delta!), end!] },
    { id: "late", epoch: "l", chunks: [end!] },
  );
  let [sockets, asked] = [0, 0];
  class Losing extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      sockets += 1;
    }

    override send(data: Parameters<WebSocket["send"]>[0]): void {
      const isResume = typeof data === "string" && data.includes('"resume"');
      if (isResume) asked += 1;
      if (!isResume || asked > 1) super.send(data);
    }
  }
  using client = createWsClient({ url: server.url, connectTimeoutMs: 500, retry: { baseMs: 1_000 }, WebSocket: Losing });
  const neighbour = client.resume("neighbour");
  await neighbour[Symbol.asyncIterator]().next();
  const late = client.resume("late");
  const changes: StateChange[] = [];
  late.onStateChange((change) => changes.push(change));
  for await (const _ of late);
  expect([late.end, sockets, asked, neighbour.connection]).toEqual([{ state: "finished" }, 1, 2, "open"]);
  const [wait] = changes.filter(({ to }) => to === "waiting");
  expect(wait?.error?.message).toContain("No answer to resume late");
  // As before another connection: it has waited already.
  expect(wait?.delayMs).toBeLessThanOrEqual(100);
  await server.close();
});

it("asks again for each of several readers of a run whose resumes the agent did not answer", async () => {
  const server = await startScriptedServer();
  const delta: RunChunk = { type: "text-delta", id: "0", delta: "x" };
  const end: RunChunk = { type: "data-run-end", data: { state: "finished" }, transient: true };
  await server.runs({ id: "r", epoch: "e", everyMs: 5, chunks: [...Array.from({ length: 300 }, () => delta), end] });
  let asked = 0;
  class Losing extends WebSocket {
    override send(data: Parameters<WebSocket["send"]>[0]): void {
      if (typeof data === "string" && data.includes('"resume"')) asked += 1;
      else return super.send(data);
      if (asked > 2) super.send(data);
    }
  }
  using client = createWsClient({ url: server.url, connectTimeoutMs: 300, retry: { baseMs: 20 }, WebSocket: Losing });
  const collect = async (after?: string): Promise<string[]> => {
    const ids: string[] = [];
    for await (const { id } of client.resume("r", after === undefined ? {} : { after })) ids.push(id);
    return ids;
  };
  const [whole, readers]: [string[], Promise<string[]>[]] = [[], []];
  for await (const { id } of client.resume("r")) {
    whole.push(id);
    if (whole.length === 30) readers.push(collect("e.20"), collect());
  }
  const ids = Array.from({ length: 301 }, (_, index) => `e.${index + 1}`);
  expect(whole).toEqual(ids);
  expect(await Promise.all(readers)).toEqual([ids.slice(20), ids]);
  await server.close();
});

it("ends no reader of a run by a final error for a start of its key that was given up", async () => {
  const server = await startScriptedServer();
  const [delta, end]: RunChunk[] = [
    { type: "text-delta", id: "0", delta: "x" },
    { type: "data-run-end", data: { state: "finished" }, transient: true },
  ];
  await server.runs({ id: "r", epoch: "e", everyMs: 20, chunks: [...Array.from({ length: 60 }, () => delta!), end!] });
  let socket: WebSocket | undefined;
  const Watched = new Proxy(WebSocket, {
    construct: (Class, [url, protocols]: [string, string[]?]) => (socket = new Class(url, protocols)),
  });
  using client = createWsClient({ url: server.url, WebSocket: Watched, retry: { baseMs: 1 } });
  const run = client.start({ prompt: "Hello" }, { key: "k" });
  const ids: string[] = [];
  for await (const { id } of run) {
    ids.push(id);
    if (ids.length !== 5) continue;
    const error = { code: "key_reused", message: "This key already started a run with another input." };
    socket!.dispatchEvent(new MessageEvent("message", { data: JSON.stringify({ type: "error", frame: "start", key: "k", error }) }));
  }
  expect([run.end, ids]).toEqual([{ state: "finished" }, Array.from({ length: 61 }, (_, index) => `e.${index + 1}`)]);
  await server.close();
});
