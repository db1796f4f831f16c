/** What the network is for those who use it. `proofs.test.ts` measures what was planted. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, readlinkSync } from "node:fs";
import { createServer, get } from "node:http";
import { connect, type Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { describe, expect, it, vi } from "vitest";
import { needs } from "../../src/needs.ts";
import { NetworkError, type TcpConnection } from "../../src/network/index.ts";
import { listen } from "../../src/listen.ts";
import * as tools from "../../src/tools.ts";
import { echoServer, listenOn, networks, run } from "./measure.ts";

const open = networks();

const here = (): string => readlinkSync("/proc/thread-self/ns/net");

describe("a network of namespaces", needs(tools.network), () => {
  it("lets one process talk HTTP across it, with a server on one side and fetch on the other", async () => {
    const network = await open({ down: { delayMs: 20 }, up: { delayMs: 20 } });
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(String(request.socket.remoteAddress));
      response.end("hello");
    });
    const url = listenOn(network.far, server);
    const sentAt = performance.now();
    const text = await network.near.during(async () => (await fetch(url)).text());
    // A handshake and a request.
    expect(performance.now() - sentAt).toBeGreaterThanOrEqual(80);
    expect(text).toBe("hello");
    expect(asked).toEqual([`::ffff:${network.near.address}`]);
    server.close();
    server.closeAllConnections();
  });

  it("lets programs on both sides talk, each with a loopback of its own", async () => {
    const network = await open();
    const server = createServer((_, response) => void response.end("far"));
    const url = listenOn(network.far, server);
    expect((await run(network.near, "curl", ["-sS", url.href])).stdout).toBe("far");
    const own = `http://127.0.0.1:${url.port}`;
    expect((await run(network.far, "curl", ["-sS", own])).stdout).toBe("far");
    expect((await run(network.near, "curl", ["-sS", own])).code).toBe(7); // Refused.
    server.close();
    server.closeAllConnections();
  });

  it("does not let traffic out, nor this machine's in", async () => {
    const network = await open();
    const machine = createServer((_, response) => void response.end());
    const port = await listen(machine);
    expect((await run(network.near, "curl", ["-sS", `http://127.0.0.1:${port}`])).code).toBe(7);
    const devices = await run(network.near, "ip", ["-brief", "link"]);
    expect(
      devices.stdout
        .trim()
        .split("\n")
        .map((line) => line.split(/\s/)[0]),
    ).toEqual(["lo", "near"]);
    machine.close();
  });

  it("moves the thread back after what runs inside has returned, thrown, or failed later", async () => {
    const network = await open();
    const home = here();
    const there = network.far.inside(here);
    expect(there).not.toBe(home);
    expect(network.near.inside(here)).not.toBe(there);
    expect(here()).toBe(home);
    expect(() =>
      network.far.inside(() => {
        throw new Error("inside");
      }),
    ).toThrow("inside");
    expect(here()).toBe(home);
    await expect(network.far.during(() => Promise.reject(new Error("during")))).rejects.toThrow("during");
    expect(here()).toBe(home);
    // One within another, as a server that is started while clients run.
    await network.near.during(async () => expect(network.far.inside(here)).toBe(there));
    expect(here()).toBe(home);
  });

  it("refuses a function that goes on after it returned, and to be in two places at once", async () => {
    const network = await open();
    expect(() => network.far.inside(async () => 1)).toThrow(expect.objectContaining({ code: "asynchronous" }));
    await network.near.during(async () => {
      await expect(network.far.during(async () => 1)).rejects.toMatchObject({ code: "occupied" });
      await expect(open()).rejects.toMatchObject({ code: "occupied" });
    });
    expect(await network.far.during(async () => 2)).toBe(2);
  });

  it("lets a program do its first asynchronous work inside, for which Node starts threads", () => {
    const script = `
      import { readFile } from "node:fs/promises";
      import { openNetwork, profiles } from ${JSON.stringify(fileURLToPath(new URL("../../src/network/index.ts", import.meta.url)))};
      await using network = await openNetwork({ ...profiles.loopback, seed: 1 });
      console.log((await network.far.during(() => readFile("/proc/self/comm", "utf8"))).length > 0);
    `;
    const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], { encoding: "utf8" });
    expect([status, stdout, stderr]).toEqual([0, "true\n", ""]);
  });

  it("ends what was started inside when it is closed, grandchildren included", async () => {
    const network = await open();
    const child = network.far.inside(() => spawn("sh", ["-c", "sleep 1000 & echo $!; wait"], { stdio: ["ignore", "pipe", "ignore"] }));
    const exited = once(child, "exit");
    await once(child.stdout, "data");
    const { stdout } = await run(network.far, "sh", ["-c", "ls -d /proc/[0-9]*/ns/net | xargs -n1 readlink | sort | uniq -c"]);
    expect(stdout).toContain(network.far.inside(here));
    expect(existsSync(`/proc/${child.pid}`)).toBe(true);
    await network.close();
    expect(await exited).toEqual([null, "SIGKILL"]);
    expect(existsSync(`/proc/${child.pid}`)).toBe(false);
  });

  it("is closed once, and says so of whatever comes after", async () => {
    const network = await open();
    await network.close();
    await network.close();
    await expect(network.counters()).rejects.toMatchObject({ name: "NetworkError", code: "closed" });
    await expect(network.blackout(10)).rejects.toMatchObject({ code: "closed" });
  });

  it("changes the near side's address, and TCP on the old one hears nothing of it", async () => {
    const network = await open({ down: { delayMs: 5 }, up: { delayMs: 5 } });
    const echo = echoServer();
    const url = listenOn(network.far, echo);
    const peers: string[] = [];
    const closed = vi.fn<() => void>();
    echo.on("connection", (socket) => {
      peers.push(String(socket.remoteAddress));
      socket.on("close", closed);
    });
    await network.near.during(async () => {
      const old = connect(Number(url.port), url.hostname);
      old.on("close", closed);
      old.write("a");
      await once(old, "data");
      const before = network.near.address;
      const after = network.changeAddress();
      expect(after).not.toBe(before);
      expect(network.near.address).toBe(after);
      const heard = vi.fn<() => void>();
      old.on("data", heard);
      old.write("b");
      const young = connect(Number(url.port), url.hostname);
      young.write("c");
      await once(young, "data");
      // By now the old one's answer would be here ten times.
      young.write("d".repeat(50));
      await once(young, "data");
      expect(peers).toEqual([`::ffff:${before}`, `::ffff:${after}`]);
      expect(heard).not.toHaveBeenCalled();
      expect(closed).not.toHaveBeenCalled();
      expect((await network.counters()).down.sent.tcp.resets).toBe(0);
      young.destroy();
      old.destroy();
    });
    echo.close();
  });

  it("takes a congestion control and an initial window for each side, and reports them", async () => {
    const network = await open({ near: { congestionControl: "reno" }, far: { congestionControl: "cubic", initialWindow: 4 } });
    expect(network.near.settings()).toMatchObject({ congestionControl: "reno", initialWindow: 10 });
    expect(network.far.settings()).toMatchObject({ congestionControl: "cubic", initialWindow: 4 });
    const echo = echoServer();
    const url = listenOn(network.far, echo);
    await network.near.during(async () => {
      const socket = connect(Number(url.port), url.hostname);
      socket.write("x");
      await once(socket, "data");
      const [far, near] = await Promise.all([run(network.far, "ss", ["-tinH"]), run(network.near, "ss", ["-tinH"])]);
      expect(far.stdout).toMatch(/\bcubic\b.*\bcwnd:4\b/);
      expect(near.stdout).toMatch(/\breno\b.*\bcwnd:1[01]\b/);
      socket.destroy();
    });
    // And another one for connections that are made later.
    network.far.setInitialWindow(30);
    expect(network.far.settings()).toMatchObject({ congestionControl: "cubic", initialWindow: 30 });
    await network.near.during(async () => {
      const socket = connect(Number(url.port), url.hostname);
      socket.write("x");
      await once(socket, "data");
      expect((await run(network.far, "ss", ["-tinH", "state", "established"])).stdout).toMatch(/\bcubic\b.*\bcwnd:30\b/);
      socket.destroy();
    });
    network.far.setInitialWindow(null);
    expect(network.far.settings()).toMatchObject({ congestionControl: "cubic", initialWindow: 10 });
    expect(() => network.far.setInitialWindow(0)).toThrow(expect.objectContaining({ code: "bad_option" }));
    expect(network.far.settings().initialWindow).toBe(10);
    echo.close();
  });

  it("takes another congestion control for later connections of a side, and tells what each has by the kernel's word", async () => {
    const network = await open({ near: { congestionControl: "cubic" }, far: { congestionControl: "cubic", initialWindow: 20 } });
    const echo = echoServer();
    const url = listenOn(network.far, echo);
    await network.near.during(async () => {
      const connectOne = async (): Promise<Socket> => {
        const socket = connect(Number(url.port), url.hostname);
        socket.write("x");
        await once(socket, "data");
        return socket;
      };
      const sockets = [await connectOne()];
      network.near.setCongestionControl("reno");
      sockets.push(await connectOne());
      network.far.setCongestionControl("reno");
      sockets.push(await connectOne());
      const [near, far] = [network.near.connections(), network.far.connections()];
      const controlsOf = (all: readonly TcpConnection[], end: "local" | "peer"): unknown[] =>
        sockets.map(({ localPort }) => all.find((one) => one[end].endsWith(`:${localPort}`))?.congestionControl);
      expect(controlsOf(near, "local")).toEqual(["cubic", "reno", "reno"]);
      expect(controlsOf(far, "peer")).toEqual(["cubic", "cubic", "reno"]);
      expect([near.length, far.length]).toEqual([3, 3]);
      for (const socket of sockets) socket.destroy();
    });
    expect(network.far.settings()).toMatchObject({ congestionControl: "reno", initialWindow: 20 });
    expect(() => network.far.setCongestionControl("nonesuch")).toThrow(expect.objectContaining({ code: "bad_option" }));
    network.far.setInitialWindow(null);
    expect(network.far.settings()).toMatchObject({ congestionControl: "reno", initialWindow: 10 });
    network.far.setCongestionControl(null);
    expect(network.far.settings().congestionControl).toBe(readFileSync("/proc/sys/net/ipv4/tcp_congestion_control", "utf8").trim());
    echo.close();
  });

  it("refuses options that cannot be, by name", async () => {
    await expect(open({ near: { congestionControl: "nonesuch" } })).rejects.toMatchObject({
      name: "NetworkError",
      code: "bad_option",
      message: expect.stringMatching(/^This kernel has no congestion control nonesuch \(it has .*\bcubic\b.*sudo modprobe tcp_nonesuch/),
    });
    await expect(open({ seed: Number.NaN })).rejects.toMatchObject({
      code: "bad_option",
      message: expect.stringContaining("seed must be"),
    });
    await expect(open({ far: { initialWindow: 0 } })).rejects.toMatchObject({ code: "bad_option" });
    await expect(open({ down: { delayMs: -1 } })).rejects.toMatchObject({
      name: "LinkError",
      message: expect.stringContaining("down.delayMs"),
    });
    const network = await open();
    expect(() => network.blackout(Number.NaN)).toThrow(NetworkError);
    expect(() => network.setLink({ up: { delayMs: Number.NaN } })).toThrow("up.delayMs");
  });

  it("keeps two networks of one process apart", async () => {
    const [one, other] = [await open(), await open()];
    const echo = echoServer();
    const url = listenOn(one.far, echo);
    expect((await run(other.near, "curl", ["-sS", "--max-time", "2", url.href])).code).toBe(7);
    echo.close();
  });

  it("answers many connections at once", async () => {
    const network = await open();
    const server = createServer((_, response) => void response.end("x"));
    const url = listenOn(network.far, server);
    await network.near.during(async () => {
      const each = Array.from({ length: 50 }, async () => {
        const [response] = await once(get(url, { agent: false }), "response");
        response.resume();
        await once(response, "end");
      });
      await Promise.all(each);
    });
    const { down, up } = await network.counters();
    // A SYN and its answer, a request and its answer.
    expect([down.sent.tcp.segments, up.sent.tcp.segments].every((segments) => segments >= 100)).toBe(true);
    expect([down.unasked, up.unasked]).toEqual([0, 0]);
    server.close();
    server.closeAllConnections();
  });
});
