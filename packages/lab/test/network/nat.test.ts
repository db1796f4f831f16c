/** A NAT that forgets, between two kernels: what each of them hears of it. */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { connect, createServer, type Socket as TcpSocket } from "node:net";
import { describe, expect, it } from "vitest";
import { needs } from "../../src/needs.ts";
import type { Network, NatOptions, Side } from "../../src/network/index.ts";
import * as tools from "../../src/tools.ts";
import { listenOn, networks } from "./measure.ts";

const open = networks();
/** Long enough to connect and to say something meanwhile, also on a busy machine. */
const FORGETS_MS = 800;
const times: NatOptions = { udpMs: FORGETS_MS, tcpMs: FORGETS_MS };

/** Nothing goes on the network meanwhile. */
function silence(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function pairThrough(nat: NatOptions): Promise<{ network: Network; client: TcpSocket; served: TcpSocket }> {
  const network = await open();
  await network.setNat(nat);
  const server = createServer();
  const url = listenOn(network.far, server);
  const [client, served] = await network.near.during(async () => {
    const accepted = once(server, "connection");
    const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
    await once(socket, "connect");
    const [other] = (await accepted) as [TcpSocket];
    return [socket, other] as const;
  });
  server.close();
  client.on("error", () => client.destroy());
  served.on("error", () => served.destroy());
  return { network, client, served };
}

function udpOn(side: Side): Promise<Socket> {
  return side.during(async () => {
    const socket = createSocket("udp4").bind(0);
    await once(socket, "listening");
    return socket;
  });
}

describe("a NAT that forgets", needs(tools.network), () => {
  it("lets a connection of TCP go on that is used, and none that was silent for too long", async () => {
    const { network, client, served } = await pairThrough(times);
    served.write("a");
    expect(String((await once(client, "data"))[0])).toBe("a");
    expect((await network.counters()).down.atNat.forgotten).toBe(0);
    await silence(2 * FORGETS_MS);
    client.on("data", () => expect.unreachable("Nothing comes through."));
    served.write("b");
    client.write("c");
    await expect.poll(async () => (await network.counters()).down.atNat.forgotten).toBeGreaterThan(0);
    await expect.poll(async () => (await network.counters()).up.atNat.forgotten).toBeGreaterThan(0);
    expect([client.destroyed, served.destroyed]).toEqual([false, false]);
    client.destroy();
    served.destroy();
  });

  it("tells whoever is inside by a reset where it is asked to, and nobody outside", async () => {
    const { client, served } = await pairThrough({ ...times, unmappedTcp: "reset" });
    await silence(2 * FORGETS_MS);
    const failed = once(client, "error");
    client.write("c");
    expect((await failed.catch((error: unknown) => [error]))[0]).toMatchObject({ code: "ECONNRESET" });
    expect(served.destroyed).toBe(false);
    served.destroy();
  });

  it("gives UDP another port after that, at which alone it is answered", async () => {
    const network = await open();
    await network.setNat(times);
    const [client, server] = [await udpOn(network.near), await udpOn(network.far)];
    const ports: number[] = [];
    const say = async (text: string): Promise<number> => {
      const heard = once(server, "message");
      client.send(text, server.address().port, network.far.address);
      const [, { port }] = (await heard) as [Buffer, { port: number }];
      return port;
    };
    ports.push(await say("a"), await say("b"));
    await silence(2 * FORGETS_MS);
    ports.push(await say("c"));
    const [first = 0, second, third = 0] = ports;
    expect([first, second]).toEqual([client.address().port, client.address().port]);
    expect(third).not.toBe(first);
    const heard = once(client, "message");
    server.send("to the old one", first, network.near.address);
    server.send("to the new one", third, network.near.address);
    expect(String((await heard)[0])).toBe("to the new one");
    const counters = await network.counters();
    expect([counters.remapped, counters.down.atNat.forgotten, counters.up.atNat.forgotten]).toEqual([1, 1, 0]);
    client.close();
    server.close();
  });

  it("is none where it was taken away", async () => {
    const { network, client, served } = await pairThrough(times);
    await silence(2 * FORGETS_MS);
    await network.setNat(null);
    served.write("a");
    expect(String((await once(client, "data"))[0])).toBe("a");
    client.destroy();
    served.destroy();
  });

  it("is refused with a time that cannot be", async () => {
    const network = await open();
    await expect(network.setNat({ udpMs: -1, tcpMs: 1 })).rejects.toMatchObject({ code: "bad_option" });
  });
});
