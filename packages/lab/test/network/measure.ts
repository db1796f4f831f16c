/** Instruments that know nothing of the link: what they measure is compared with what was planted. */
import { spawn } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server } from "node:net";
import { getPriority, setPriority } from "node:os";
import { afterEach, expect, vi } from "vitest";
import { machineNow } from "../../src/readers/clock.ts";
import {
  openNetwork,
  profiles,
  type Direction,
  type Network,
  type NetworkCounters,
  type NetworkOptions,
  type Side,
} from "../../src/network/index.ts";

/** For a file of tests. @returns what opens a network that is closed after its test: one with nothing planted, but for what is given */
export function networks(): (options?: Partial<NetworkOptions>) => Promise<Network> {
  let opened: Network[] = [];
  afterEach(async () => {
    for (const network of opened) await network.close();
    opened = [];
  });
  return async (options = {}) => {
    const { down, up } = profiles.loopback;
    const network = await openNetwork({ down, up, seed: 1, ...options });
    opened.push(network);
    return network;
  };
}

/** The mover has read so many packets, and none is between the sides: what it counts is what it will count. */
export async function settled(network: Network, direction: Direction, offered: number): Promise<NetworkCounters> {
  const counted = async (): Promise<NetworkCounters> => (await network.counters())[direction];
  await vi.waitFor(async () => expect(await counted()).toMatchObject({ offered, inFlight: 0 }), { timeout: 20_000, interval: 50 });
  return counted();
}

/** Stamps of this thread are late on a busy machine, unless it goes first. @returns what undoes it */
export function goFirst(): () => void {
  const before = getPriority();
  setPriority(-20);
  return () => setPriority(before);
}

export interface Said {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
}

/** Runs a program on a side, to its end, before the others of a busy machine. */
export async function run(side: Side, program: string, args: readonly string[]): Promise<Said> {
  const child = side.inside(() => spawn("nice", ["-n", "-20", program, ...args], { stdio: ["ignore", "pipe", "pipe"] }));
  const said = { stdout: "", stderr: "" };
  child.stdout.on("data", (data) => (said.stdout += String(data)));
  child.stderr.on("data", (data) => (said.stderr += String(data)));
  const [code] = (await once(child, "close")) as [number | null];
  return { ...said, code };
}

/** Listens on a side, at its address. */
export function listenOn(side: Side, server: Server): URL {
  side.inside(() => server.listen(0));
  return new URL(`http://${side.address}:${(server.address() as AddressInfo).port}`);
}

export function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(share * values.length))] ?? Number.NaN;
}

/** Round trips of one byte over one TCP connection, in ms. */
export async function tcpRoundTrips(port: number, host: string, count: number): Promise<number[]> {
  const socket = connect({ host, port, noDelay: true });
  await once(socket, "connect");
  const trips: number[] = [];
  for (let trip = 0; trip < count; trip++) {
    const sentAt = performance.now();
    socket.write("x");
    await once(socket, "data");
    trips.push(performance.now() - sentAt);
  }
  socket.destroy();
  return trips;
}

export function echoServer(): Server {
  return createServer({ noDelay: true }, (socket) => {
    socket.on("error", () => socket.destroy());
    socket.pipe(socket);
  });
}

/** A datagram that arrived: its number, and when it was sent and came. */
export interface Arrival {
  readonly number: number;
  readonly sentAt: number;
  readonly cameAt: number;
}

/** Numbered datagrams from one side to the other, stamped by one clock. */
export interface Datagrams {
  /** @param gapMs between two; 0 for as fast as it goes */
  send(count: number, bytes: number, gapMs: number): Promise<void>;
  readonly arrivals: readonly Arrival[];
  /** When each was sent. */
  readonly sentAt: readonly number[];
  close(): void;
}

const HEADER_BYTES = 12;
/** IPv4's and UDP's. */
export const UDP_OVERHEAD_BYTES = 28;

export async function datagrams(network: Network, from: "near" | "far"): Promise<Datagrams> {
  const [sender, receiver] = from === "near" ? [network.near, network.far] : [network.far, network.near];
  const open = (side: Side): Promise<Socket> =>
    side.during(async () => {
      const socket = createSocket({ type: "udp4", recvBufferSize: 1 << 25, sendBufferSize: 1 << 22 });
      socket.bind(0);
      await once(socket, "listening");
      return socket;
    });
  const [out, into] = [await open(sender), await open(receiver)];
  const arrivals: Arrival[] = [];
  into.on("message", (data) => arrivals.push({ number: data.readUInt32LE(0), sentAt: data.readDoubleLE(4), cameAt: machineNow() }));
  const { port } = into.address();
  const sentAt: number[] = [];
  return {
    arrivals,
    sentAt,
    async send(count, bytes, gapMs) {
      const startAt = machineNow();
      for (let sent = 0; sent < count; sent++) {
        const data = Buffer.alloc(Math.max(HEADER_BYTES, bytes - UDP_OVERHEAD_BYTES));
        while (machineNow() < startAt + sent * gapMs) await new Promise(setImmediate);
        data.writeUInt32LE(sentAt.length, 0);
        sentAt.push(machineNow());
        data.writeDoubleLE(sentAt.at(-1) ?? Number.NaN, 4);
        await new Promise((resolve) => out.send(data, port, receiver.address, resolve));
      }
    },
    close() {
      out.close();
      into.close();
    },
  };
}
