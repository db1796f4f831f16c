import { startScriptedServer, type ScriptedRun } from "@agent-transports/conformance";
import { TransportError } from "@agent-transports/client-core";
import { JsonText, type ClientFrame, type InputFrame, type RunChunk } from "@agent-transports/protocol";
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
  let tell = (): void => undefined;
  const read = (async () => {
    for await (const _ of client.resume("neighbour")) tell();
  })();
  read.catch(() => undefined); // It ends with its client.
  const further = async (events: number): Promise<void> => {
    for (let count = 0; count < events; count += 1) await new Promise<void>((resolve) => (tell = resolve));
  };
  await expect(client.resume("short").send("x")).rejects.toMatchObject({ code: "run_ended" });
  // The socket that was on its way then is open with the first ones; the others take four times the limit.
  await further(2);
  const before = sockets;
  await further(12);
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

const never = new AbortController().signal;

function inputOf(data: unknown, key = "k"): InputFrame {
  return { type: "input", run: "r", key, data: data instanceof Uint8Array ? data : new JsonText(JSON.stringify(data)) };
}

it("sends one frame for inputs with one key and the same data, and one for each other data, in the order of the calls", async () => {
  const sent: ClientFrame[] = [];
  const uplink = new Uplink((frame) => sent.push(frame));
  const data = ["a", "b", Uint8Array.of(1), "a", Uint8Array.of(1), Uint8Array.of(2), Uint8Array.of(1, 0)];
  const answers = data.map((one) => uplink.ask(inputOf(one), never));
  const behind = uplink.ask(inputOf("a", "other"), never);
  const frames = [...["a", "b", Uint8Array.of(1), Uint8Array.of(2), Uint8Array.of(1, 0)].map((one) => inputOf(one)), inputOf("a", "other")];
  expect(sent).toEqual(frames);
  uplink.resend();
  expect(sent).toEqual([...frames, ...frames]);
  uplink.answered("input r k", "e.1");
  const refused = new TransportError({ code: "key_reused", message: "No." });
  for (let count = 0; count < 4; count += 1) uplink.refused("input r k", refused);
  uplink.answered("input r other", "e.2");
  expect(await Promise.allSettled([...answers, behind])).toEqual(
    ["e.1", refused, refused, "e.1", refused, refused, refused, "e.2"].map((outcome) =>
      typeof outcome === "string" ? { status: "fulfilled", value: outcome } : { status: "rejected", reason: outcome },
    ),
  );
  expect(uplink.pending).toBe(false);
});

it("gives nobody the answer to an input for which nobody waits any more", async () => {
  const sent: ClientFrame[] = [];
  const uplink = new Uplink((frame) => sent.push(frame));
  const over = new AbortController();
  const given = uplink.ask(inputOf("a"), over.signal);
  over.abort(new TransportError({ code: "run_ended", message: "The run has ended." }));
  await expect(given).rejects.toMatchObject({ code: "run_ended" });
  const [other, same] = [uplink.ask(inputOf("b"), never), uplink.ask(inputOf("a"), never)];
  expect(sent).toEqual(["a", "b", "a"].map((one) => inputOf(one)));
  uplink.answered("input r k", "e.1");
  const refused = new TransportError({ code: "key_reused", message: "No." });
  uplink.refused("input r k", refused);
  await expect(other).rejects.toBe(refused);
  uplink.answered("input r k", "e.1");
  expect(await same).toBe("e.1");
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
