import { cases, runCase, type ConformanceCase, type Subject } from "@agent-transports/conformance";
import { PING_FRAME, PONG_FRAME } from "@agent-transports/protocol";
import { describe, expect, it } from "vitest";
import { createWsClient } from "./client.ts";

/** A client whose sockets are opened at another URL, and send other frames. */
function meddled(open: (url: URL) => void, send: (data: unknown, socket: WebSocket) => unknown = (data) => data): Subject {
  class Meddled extends WebSocket {
    constructor(given: string | URL) {
      const url = new URL(given);
      open(url);
      super(url);
    }

    override send(data: Parameters<WebSocket["send"]>[0]): void {
      const sent = send(data, this);
      if (sent !== undefined) super.send(sent as typeof data);
    }
  }
  return { transport: "ws", create: (options) => createWsClient({ ...options, WebSocket: Meddled }) };
}

const without =
  (name: string) =>
  ({ searchParams }: URL): void =>
    searchParams.delete(name);

const asItIs = (): void => undefined;

/** Nothing in a frame asks for flow control, and none acknowledges. */
function unpaced(data: unknown): unknown {
  if (typeof data !== "string") return data;
  return data.startsWith('{"type":"ack"') ? undefined : data.replace(',"acks":true', "");
}

/** Its client hears a pong all the same, and finds nothing amiss. */
function unpinged(data: unknown, socket: WebSocket): unknown {
  if (data !== PING_FRAME) return data;
  setTimeout(() => socket.dispatchEvent(new MessageEvent("message", { data: PONG_FRAME })));
  return undefined;
}

const begun = new WeakSet<WebSocket>();

/** So many pings are right, and at the wrong time. */
function pingedAtOnce(data: unknown, socket: WebSocket): unknown {
  if (data === PING_FRAME) return unpinged(data, socket);
  if (!begun.has(socket)) {
    begun.add(socket);
    setTimeout(() => [1, 2, 3].forEach(() => WebSocket.prototype.send.call(socket, PING_FRAME)));
  }
  return data;
}

/** Its client takes a `hello` outside of PROTOCOL.md §3.2's bounds for a fault, and leaves. */
class StrictSocket extends WebSocket {
  constructor(url: string | URL) {
    super(url);
    this.addEventListener("message", ({ data }) => {
      const { type, heartbeat } = JSON.parse(String(data)) as { type: string; heartbeat?: number };
      if (type === "hello" && !(heartbeat! >= 1_000 && heartbeat! <= 60_000)) this.close();
    });
  }
}

/** Its client does not hear which heartbeat the agent agreed to. */
class DeafSocket extends WebSocket {
  constructor(url: string | URL) {
    super(url);
    this.addEventListener("message", (event) => {
      if (String(event.data).startsWith('{"type":"hello"')) event.stopImmediatePropagation();
    });
  }
}

async function run(subject: Subject, title: string): Promise<void> {
  const one = cases.find((one) => one.title === title);
  if (one === undefined) throw new Error(`There is no case "${title}".`);
  await runCase(subject, one);
}

const delivers = "delivers a run's events once, in order, and ends with it";

describe.concurrent("the conformance suite", () => {
  it.each([
    ["names no version", meddled(without("v")), "asks for version 1 of the protocol in its handshake", 'undefined where "1"'],
    ["names another version", meddled(({ searchParams }) => searchParams.set("v", "2")), delivers, "4400: This agent speaks version 1"],
    ["opens its socket below its agent's URL", meddled((url) => void (url.pathname += "/runs")), delivers, "4404: There is no such path"],
    [
      "asks another agent",
      meddled((url) => void (url.pathname = "/agents/transport-agent/default")),
      "asks the agent that it is told for a run, by its segment and its name",
      '"name":"default"',
    ],
    [
      "asks for no flow control in its handshake",
      meddled(without("acks")),
      "slows the server down also in a run that it resumes, and then delivers everything",
      "43 of 43 events, of 64 KiB, were sent",
    ],
    [
      "asks for no flow control in its frames, and acknowledges what it is asked to",
      meddled(asItIs, (data) => (typeof data === "string" ? data.replace(',"acks":true', "") : data)),
      "slows the server down when the application is slow, and then delivers everything",
      "events of 64 KiB were sent",
    ],
    [
      "sends binary frames and asked for none",
      meddled(without("binary")),
      "sends all 256 bytes as an input, byte for byte",
      "did not ask for binary frames",
    ],
    [
      "sends no pings",
      meddled(asItIs, unpinged),
      "keeps its socket over more than two heartbeat periods in which nothing happens",
      "connections: values are not strictly equal",
    ],
    [
      "sends three pings at once, and no more",
      meddled(asItIs, pingedAtOnce),
      "keeps its socket over more than two heartbeat periods in which nothing happens",
      "connections: values are not strictly equal",
    ],
  ] as const)("fails a client that %s", async (_what, subject, title, message) => {
    await expect(run(subject, title)).rejects.toThrow(message);
  });

  it("passes a client that asks for a heartbeat shorter than any, and takes a hello that agrees to that for a fault", async () => {
    const strict: Subject = { transport: "ws", create: (options) => createWsClient({ ...options, WebSocket: StrictSocket }) };
    const one: ConformanceCase = {
      title: "asks for less than any",
      async run({ server, client }) {
        await server.runs({ id: "r", epoch: "e", chunks: [{ type: "data-run-end", data: { state: "finished" }, transient: true }] });
        for await (const event of client({ heartbeatMs: 300, retry: { maxTries: 1 } }).start({ prompt: "Hello" }))
          expect(event.id).toBe("e.1");
      },
    };
    await expect(runCase(strict, one)).resolves.toBeUndefined();
  });

  it("fails a client that goes by the heartbeat that it asked for, where the agent agreed to a longer one", async () => {
    const deaf: Subject = { transport: "ws", create: (options) => createWsClient({ ...options, WebSocket: DeafSocket }) };
    const title = "uses the heartbeat that the server agreed to, also where it is longer than the one that it asked for";
    await expect(run(deaf, title)).rejects.toThrow("connections: values are not strictly equal");
  });

  it("passes a client that asks for no flow control where no slow reader is to slow the server down", async () => {
    await expect(
      run(meddled(without("acks"), unpaced), "does not treat an answer as missing while its own application is slow"),
    ).resolves.toBeUndefined();
  });
});
