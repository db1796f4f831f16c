import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { listen } from "../listen.ts";
import { startProxy, type FaultProxy } from "./proxy.ts";

let proxy: FaultProxy;
let accepted: Socket[];
let closers: (() => void)[];

beforeEach(async () => {
  accepted = [];
  closers = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => undefined);
    accepted.push(socket);
    socket.on("data", (bytes) => socket.write(bytes)); // An echo.
  });
  const port = await listen(server);
  proxy = await startProxy(new URL(`http://127.0.0.1:${port}`));
  closers.push(
    () => server.close(),
    () => accepted.forEach((socket) => socket.destroy()),
  );
});
afterEach(async () => {
  await proxy.close();
  for (const close of closers) close();
});

async function client(): Promise<Socket> {
  const socket = connect({ host: "127.0.0.1", port: Number(proxy.url.port), allowHalfOpen: true });
  socket.on("error", () => undefined);
  closers.push(() => socket.destroy());
  await once(socket, "connect");
  return socket;
}

/** Reads until so many bytes are there. */
async function read(socket: Socket, bytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  while (length < bytes) {
    const [chunk]: Buffer[] = await once(socket, "data");
    chunks.push(chunk!);
    length += chunk!.length;
  }
  return Buffer.concat(chunks);
}

async function echo(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  return (await read(socket, text.length)).toString();
}

describe("the fault proxy", () => {
  it("carries bytes both ways, and counts them", async () => {
    const socket = await client();
    expect(await echo(socket, "hello")).toBe("hello");
    expect(proxy.connections[0]).toMatchObject({ bytesUp: 5, bytesDown: 5, closedAt: undefined });
    expect(proxy.open).toBe(1);
  });

  it("resets both sides, with RST", async () => {
    const socket = await client();
    await echo(socket, "x");
    const errors = Promise.all([once(socket, "error"), once(accepted[0]!, "error")]);
    const before = performance.now();
    const fault = proxy.reset();
    expect((await errors).map(([error]) => error.code)).toEqual(["ECONNRESET", "ECONNRESET"]);
    expect(fault).toMatchObject({ kind: "reset", connections: 1 });
    expect(fault.at).toBeGreaterThanOrEqual(before);
    expect(proxy.open).toBe(0);
    expect(proxy.connections[0]?.closedAt).toBeGreaterThanOrEqual(fault.at);
  });

  it("keeps no descriptor of a connection that is reset while its FIN is being sent", async () => {
    const handles = (): number => process.getActiveResourcesInfo().filter((kind) => kind === "TCPSocketWrap").length;
    // Those of the test before are being closed.
    await vi.waitFor(() => expect(handles()).toBe(0));
    const socket = await client();
    await echo(socket, "hello");
    proxy.closeClean("down");
    // Node asks for the FIN in its next tick, and it is out a turn of the loop later.
    await new Promise<void>((resolve) => process.nextTick(resolve));
    proxy.reset();
    for (const one of [socket, ...accepted]) one.destroy();
    await vi.waitFor(() => expect(handles()).toBe(0));
  });

  it("closes cleanly towards the client, or towards the server", async () => {
    const socket = await client();
    await echo(socket, "x");
    proxy.closeClean("down");
    socket.resume();
    await once(socket, "end");
    const other = await client();
    await echo(other, "x");
    proxy.closeClean("up");
    accepted[1]!.resume();
    await once(accepted[1]!, "end");
    expect(proxy.faults.map(({ kind }) => kind)).toEqual(["clean close down", "clean close up"]);
  });

  describe.each(["up", "down"] as const)("with a fault %s", (direction) => {
    /** A connection's two ends, by where this direction comes from and where it leads. */
    function endsOf(near: Socket, far: Socket): { from: Socket; to: Socket } {
      return direction === "up" ? { from: near, to: far } : { from: far, to: near };
    }

    /** A connection that is open before the fault, on which each direction has carried one byte, and one that comes after it. Nothing is echoed then. */
    async function around(fault: () => void): Promise<Record<"before" | "after", { from: Socket; to: Socket }>> {
      const before = await client();
      await echo(before, "x");
      fault();
      const after = await client();
      await vi.waitFor(() => expect(accepted).toHaveLength(2));
      for (const socket of accepted) socket.removeAllListeners("data").resume();
      return { before: endsOf(before, accepted[0]!), after: endsOf(after, accepted[1]!) };
    }

    /** Goes the other way, which no fault touches. In the first round the proxy takes what was written before, and by the second it would have come. */
    async function rounds({ from, to }: { from: Socket; to: Socket }): Promise<void> {
      for (let round = 0; round < 2; round++) {
        to.write("y");
        await read(from, 1);
      }
    }

    it("stalls this direction, of what is open and what comes, until it is healed, and loses nothing", async () => {
      const { before, after } = await around(() => proxy.stall(direction));
      const held = Promise.all([read(before.to, 4), read(after.to, 5)]);
      before.from.write("held");
      after.from.write("held2");
      await rounds(after);
      expect([before.to.bytesRead, after.to.bytesRead]).toEqual([1, 0]);
      proxy.heal();
      expect((await held).map(String)).toEqual(["held", "held2"]);
    });

    it("drops everything in this direction, of what is open and what comes, until it is healed", async () => {
      const { before, after } = await around(() => proxy.drop(direction));
      before.from.write("gone");
      after.from.write("gone");
      await rounds(after);
      expect([before.to.bytesRead, after.to.bytesRead]).toEqual([1, 0]);
      proxy.heal();
      const next = Promise.all([read(before.to, 3), read(after.to, 4)]);
      before.from.write("new");
      after.from.write("new2");
      expect((await next).map(String)).toEqual(["new", "new2"]);
      expect([before.to.bytesRead, after.to.bytesRead]).toEqual([4, 4]);
    });
  });

  it("makes open connections half-open: no data and no close in either direction, while the next connection works", async () => {
    const socket = await client();
    await echo(socket, "x");
    proxy.halfOpen();
    socket.write("gone");
    accepted[0]!.write("gone too");
    // While this goes round on another connection, what was written before would have come.
    expect(await echo(await client(), "y")).toBe("y");
    expect({ up: accepted[0]!.bytesRead, down: socket.bytesRead }).toEqual({ up: 1, down: 1 });
    expect(proxy.connections[0]).toMatchObject({ bytesUp: 1, bytesDown: 1, closedAt: undefined });
    expect(proxy.open).toBe(2);
  });

  it("refuses a given number of connections", async () => {
    proxy.refuse(2);
    for (let n = 0; n < 2; n++) {
      const socket = connect({ host: "127.0.0.1", port: Number(proxy.url.port) });
      const [error] = await once(socket, "error");
      expect(error.code).toBe("ECONNRESET");
    }
    expect(await echo(await client(), "z")).toBe("z");
  });

  it("accepts a connection and sends nothing on it", async () => {
    proxy.silent(1);
    const mute = await client();
    mute.write("anyone?");
    expect(await echo(await client(), "z")).toBe("z");
    expect(accepted).toHaveLength(1);
  });

  it("adds latency, and keeps the order with jitter", async () => {
    proxy.setLatency({ downMs: 30, jitterMs: 20 });
    const socket = await client();
    const startedAt = performance.now();
    const text = Array.from({ length: 50 }, (_, index) => `${index},`).join("");
    for (const part of text.match(/.{1,7}/g) ?? []) socket.write(part);
    expect((await read(socket, text.length)).toString()).toBe(text);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(30);
  });

  it("delays the first data of a new connection for the handshakes, and later data only by the latency", async () => {
    proxy.setLatency({ upMs: 5, openMs: 500 });
    const openedAt = performance.now();
    const socket = await client();
    expect(await echo(socket, "first")).toBe("first");
    const firstMs = performance.now() - openedAt;
    expect(firstMs).toBeGreaterThanOrEqual(504);
    // Not a measurement: whoever holds each chunk for the handshakes takes five seconds for ten.
    for (let n = 0; n < 10; n++) expect(await echo(socket, "again")).toBe("again");
    expect(performance.now() - openedAt - firstMs).toBeLessThan(4_500);
  });

  it("splits writes into slices without changing them", async () => {
    proxy.setSlice(1);
    expect(await echo(await client(), "sliced to single bytes")).toBe("sliced to single bytes");
  });

  it("cuts the next connection after a given number of bytes", async () => {
    proxy.cutAfter("down", 3);
    const socket = await client();
    const chunks: Buffer[] = [];
    socket.on("data", (bytes) => chunks.push(bytes));
    const broken = once(socket, "error");
    socket.write("abcdef");
    expect((await broken)[0].code).toBe("ECONNRESET");
    expect(Buffer.concat(chunks).length).toBeLessThanOrEqual(3);
    expect(await echo(await client(), "whole again")).toBe("whole again");
  });

  it("closes the next connection cleanly after a given number of bytes, and notes what it struck", async () => {
    proxy.cutAfter("down", 3, "close");
    const socket = await client();
    const chunks: Buffer[] = [];
    socket.on("data", (bytes) => chunks.push(bytes));
    const ended = once(socket, "end");
    socket.write("abcdef");
    await ended;
    expect(Buffer.concat(chunks).toString()).toBe("abc");
    socket.end();
    proxy.refuse(1);
    const refused = connect({ host: "127.0.0.1", port: Number(proxy.url.port) });
    await once(refused, "error");
    expect(proxy.faults.map(({ kind }) => kind)).toEqual(["cut down", "refused"]);
    expect(await echo(await client(), "whole again")).toBe("whole again");
  });

  it("answers a given number of connections in the server's place", async () => {
    const response = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    proxy.answer(1, response);
    const asked = await fetch(proxy.url);
    expect([asked.status, asked.headers.get("Retry-After"), accepted.length]).toEqual([503, "1", 0]);
    expect(proxy.faults.map(({ kind }) => kind)).toEqual(["answered"]);
    expect(await echo(await client(), "the server again")).toBe("the server again");
  });

  it("limits the bandwidth", async () => {
    proxy.setBandwidth(100_000);
    const socket = await client();
    const startedAt = performance.now();
    await echo(socket, "x".repeat(5_000));
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(80);
  });

  it("limits the bandwidth of one direction", async () => {
    proxy.setBandwidth(1_000, "up");
    const socket = await client();
    await echo(socket, "x");
    const startedAt = performance.now();
    accepted[0]!.write("x".repeat(50_000));
    await read(socket, 50_000);
    // Not a measurement: at the limit of the other direction it takes 50 s.
    expect(performance.now() - startedAt).toBeLessThan(25_000);
    const limitedAt = performance.now();
    await echo(socket, "x".repeat(100));
    expect(performance.now() - limitedAt).toBeGreaterThanOrEqual(80);
  });
});
