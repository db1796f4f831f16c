/** Clients of this process whose connections are on a side of a network, through a proxy that is on the other, to a server that is on neither. */
import { once } from "node:events";
import { createServer } from "node:http";
import { readlinkSync } from "node:fs";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { WebSocketServer } from "ws";
import { needs } from "../../src/needs.ts";
import { sideConnections, type Network, type SideConnections } from "../../src/network/index.ts";
import { listen } from "../../src/listen.ts";
import { startProxy } from "../../src/proxy/index.ts";
import * as tools from "../../src/tools.ts";
import { networks } from "./measure.ts";

const open = networks();
const here = (): string => readlinkSync("/proc/thread-self/ns/net");

/** A server that says something every 10 ms over HTTP, and over WebSocket where it is asked. */
async function talking(network: Network): Promise<{ readonly url: URL; readonly clients: SideConnections }> {
  const server = createServer((_, response) => {
    const timer = setInterval(() => response.write("x"), 10);
    response.on("close", () => clearInterval(timer));
  });
  const sockets = new WebSocketServer({ server });
  sockets.on("connection", (socket) => socket.on("message", () => socket.send("heard")));
  const proxy = await startProxy(new URL(`http://127.0.0.1:${await listen(server)}`), network.far);
  const clients = sideConnections(network.near, network.far);
  onTestFinished(async () => {
    await clients.close();
    await proxy.close();
    sockets.close();
    server.close();
    server.closeAllConnections();
  });
  return { url: new URL(`http://server.test:${proxy.url.port}`), clients };
}

/** @returns how many bytes came so far */
async function reading(response: Response): Promise<() => number> {
  let bytes = 0;
  const reader = response.body?.getReader();
  const read = async (): Promise<void> => {
    for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) bytes += part.value.length;
  };
  read().catch(() => undefined); // The test's end cuts it.
  await vi.waitFor(() => expect(bytes).toBeGreaterThan(3));
  return () => bytes;
}

describe("connections from a side", needs(tools.network), () => {
  it("are made there while the thread stays where it is, over the link, and reach a proxy on the other side", async () => {
    const network = await open({ down: { delayMs: 20 }, up: { delayMs: 20 } });
    const { url, clients } = await talking(network);
    const home = here();
    const come = await reading(await clients.fetch(url));
    expect([here(), come() > 0]).toEqual([home, true]);
    const socket = new clients.WebSocket(`ws://${url.host}`);
    await once(socket, "open");
    socket.send("hello");
    const [{ data }] = await once(socket, "message");
    expect(data).toBe("heard");
    const { up } = await network.counters();
    expect([up.sent.tcp.connections, network.near.connections().length]).toEqual([2, 2]);
  });

  it("are cut, where a WebSocket waits for the goodbye of somebody who is gone", async () => {
    const network = await open();
    const { url, clients } = await talking(network);
    const socket = new clients.WebSocket(`ws://${url.host}`);
    await once(socket, "open");
    network.changeAddress();
    socket.close();
    const closed = once(socket, "close");
    await clients.close();
    const [{ wasClean }] = await closed;
    expect([wasClean, network.near.connections()]).toEqual([false, []]);
  });

  it.each<[string, (network: Network) => unknown, (counted: Awaited<ReturnType<Network["counters"]>>) => number]>([
    ["a blackout", (network) => network.blackout(60_000), ({ down }) => down.lostSegments.blackout],
    [
      "loss",
      (network) => network.setLink({ down: { delayMs: 0, loss: { kind: "independent", share: 1 } } }),
      ({ down }) => down.lostSegments.loss,
    ],
    ["a NAT that forgets", (network) => network.setNat({ udpMs: 1e6, tcpMs: 1e6 }), ({ down }) => down.lostSegments.unknown],
    ["another address", (network) => network.changeAddress(), ({ toNobody }) => toNobody],
  ])("say how many segments %s took, and a client hears nothing of it", async (_what, strike, countOf) => {
    const network = await open();
    const { url, clients } = await talking(network);
    const come = await reading(await clients.fetch(url));
    expect(countOf(await network.counters())).toBe(0);
    await strike(network);
    await vi.waitFor(async () => expect(countOf(await network.counters())).toBeGreaterThan(0));
    const before = come();
    await vi.waitFor(async () => expect(countOf(await network.counters())).toBeGreaterThan(1), { timeout: 5_000 });
    expect(come()).toBe(before);
  });
});
