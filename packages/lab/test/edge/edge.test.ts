/** What each edge does with each version of HTTP that Node speaks. `chromium.test.ts` has HTTP/3, and what a browser says. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, rmdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import {
  edgeConnections,
  EdgeError,
  edgePrograms,
  makeCertificate,
  startEdge,
  type Certificate,
  type Edge,
  type EdgeConnections,
} from "../../src/edge/index.ts";
import { here, onFreePorts, startProgram } from "../../src/edge/program.ts";
import { linux, needs } from "../../src/needs.ts";
import * as tools from "../../src/tools.ts";
import { BINARY, startUpstream, type Upstream } from "./upstream.ts";

let upstream: Upstream;
let certificate: Certificate;
beforeAll(async () => {
  upstream = await startUpstream();
  certificate = await makeCertificate();
});
afterAll(() => upstream[Symbol.asyncDispose]());

const kinds = [
  { kind: "caddy", tool: tools.caddy, speaks: ["h1", "h2", "h3"], webSockets: ["h1"] },
  { kind: "haproxy", tool: tools.haproxy, speaks: ["h1", "h2"], webSockets: ["h1", "h2"] },
] as const;

describe.each(kinds)("$kind", { ...needs(tools.openssl) }, ({ kind, tool, speaks, webSockets }) => {
  describe("before the Worker", needs(tool), () => {
    let edge: Edge;
    let open: EdgeConnections[] = [];
    beforeAll(async () => {
      edge = await startEdge(kind, { target: upstream.target, certificate });
    });
    afterEach(async () => {
      for (const connections of open) await connections.close();
      open = [];
      // Nothing of one test is left for the next.
      await upstream.quiet();
    });
    afterAll(() => edge.close());

    function through(version: "h1" | "h2"): EdgeConnections {
      const connections = edgeConnections(edge, version);
      open.push(connections);
      return connections;
    }

    it("says what it is, and where it speaks what", () => {
      expect(edge.version).toMatch(/^\d+\.\d+\.\d+$/);
      expect(edge.versions).toEqual(speaks);
      const origins = speaks.map((version) => edge.url(version));
      expect(new Set(origins.map(({ port }) => port)).size).toBe(speaks.length);
      expect(origins.map(({ protocol, hostname }) => `${protocol}//${hostname}`)).toEqual(speaks.map(() => "https://agent.test"));
    });

    for (const version of ["h1", "h2"] as const) {
      it(`passes each event of a stream on as it is written, over ${version}`, async () => {
        const { fetch, url } = through(version);
        const response = await fetch(new URL("/events", url));
        expect(response.headers.get("content-type")).toBe("text/event-stream");
        const reader = response.body!.getReader();
        const [stream] = upstream.streams;
        for (const event of [1, 2, 3]) {
          // The stream goes on only after this has come.
          expect(new TextDecoder().decode((await reader.read()).value)).toBe(`data: ${event}\n\n`);
          stream!.write(`data: ${event + 1}\n\n`);
        }
        stream!.end();
        const rest = await reader.read();
        expect(new TextDecoder().decode(rest.value)).toBe("data: 4\n\n");
        expect((await reader.read()).done).toBe(true);
      });

      it(`carries what goes up, and a megabyte down, over ${version}`, async () => {
        const { fetch, url } = through(version);
        const echoed = await fetch(new URL("/input", url), { method: "POST", body: "an input" });
        expect(await echoed.text()).toBe("an input");
        const binary = await fetch(new URL("/binary", url));
        expect(BINARY.equals(new Uint8Array(await binary.arrayBuffer()))).toBe(true);
      });

      it(`tells the Worker when a reader has gone, over ${version}`, async () => {
        const { fetch, url } = through(version);
        const response = await fetch(new URL("/events", url));
        const [stream] = upstream.streams;
        const gone = once(stream!, "close");
        await response.body!.cancel();
        await gone;
        expect(upstream.streams.size).toBe(0);
      });

      it(`carries 25 streams at once, over ${version}`, async () => {
        const { fetch, url } = through(version);
        const readers = await Promise.all(Array.from({ length: 25 }, async () => (await fetch(new URL("/events", url))).body!.getReader()));
        expect(upstream.streams.size).toBe(25);
        for (const stream of upstream.streams) stream.end("data: 2\n\n");
        const texts = readers.map(async (reader) => {
          let all = "";
          for (let read = await reader.read(); !read.done; read = await reader.read()) all += new TextDecoder().decode(read.value);
          return all;
        });
        expect(new Set(await Promise.all(texts))).toEqual(new Set(["data: 1\n\ndata: 2\n\n"]));
      });

      it(`tells the Worker that it was reached by TLS, and where, and leaves every page's origin as it is, over ${version}`, async () => {
        const { fetch, url } = through(version);
        for (const Origin of [url.origin, "https://foreign.test"]) {
          const response = await fetch(new URL("/input", url), { headers: { Origin, "X-Forwarded-Proto": "http" } });
          expect([response.status, await response.text()]).toEqual([200, ""]);
          expect(upstream.requests.at(-1)?.headers).toMatchObject({ host: url.host, origin: Origin, "x-forwarded-proto": "https" });
        }
      });

      it(`speaks nothing else on the port of ${version}, and no TLS before 1.3`, async () => {
        const { port } = edge.url(version);
        const answer = async (options: { readonly ALPNProtocols?: string[]; readonly maxVersion?: "TLSv1.2" }): Promise<string> => {
          const socket = connect({ port: Number(port), host: edge.address, servername: "agent.test", ca: certificate.pem, ...options });
          let said = "";
          socket.on("data", (data) => (said += String(data)));
          socket.on("error", (error) => (said = error.message));
          socket.once("secureConnect", () => socket.write("GET /input HTTP/1.1\r\nHost: agent.test\r\nConnection: close\r\n\r\n"));
          await new Promise((resolve) => socket.once("close", resolve));
          return said;
        };
        expect(await answer({ ALPNProtocols: ["http/1.1"], maxVersion: "TLSv1.2" })).toMatch(/alert protocol version/);
        const own = /^HTTP\/1\.1 200/;
        for (const ALPNProtocols of [["http/1.1"], []]) {
          const said = await answer({ ALPNProtocols });
          expect(own.test(said)).toBe(version === "h1");
        }
      });
    }

    it.each(webSockets)("carries a WebSocket over %s, its compression included", async (version) => {
      const { WebSocket, url } = through(version);
      const socket = new WebSocket!(new URL("/socket", url));
      socket.binaryType = "arraybuffer";
      await once(socket, "open");
      expect(socket.extensions).toContain("permessage-deflate");
      const echo = async (message: string | typeof BINARY): Promise<unknown> => {
        socket.send(message);
        const [{ data }] = await once(socket, "message");
        return data;
      };
      expect(await echo("hello")).toBe("hello");
      const echoed = await echo(BINARY);
      expect(echoed instanceof ArrayBuffer && BINARY.equals(new Uint8Array(echoed))).toBe(true);
      socket.close();
      await once(socket, "close");
    });

    it.each(webSockets)("opens no WebSocket on a connection of fetch, over %s: each has one of its own", async (version) => {
      const { fetch, WebSocket, url } = through(version);
      await (await fetch(new URL("/input", url))).text();
      const before = await clientsOf(edge);
      const sockets = Array.from({ length: 2 }, () => new WebSocket!(new URL("/socket", url)));
      await Promise.all(sockets.map((socket) => once(socket, "open")));
      expect(await clientsOf(edge)).toBe(before + 2);
      for (const socket of sockets) {
        socket.close();
        await once(socket, "close");
      }
    });

    it("takes no WebSocket over versions that it does not say", () => {
      const without = (["h1", "h2"] as const).filter((version) => through(version).WebSocket === undefined);
      expect(without).toEqual((["h1", "h2"] as const).filter((version) => !edge.webSockets.includes(version)));
      expect(edge.webSockets).toEqual(webSockets);
    });

    it("has nothing to complain of where all is well, and says so when the Worker is gone", async () => {
      const gone = await onFreePorts(1, here, async ([port]) => new URL(`http://127.0.0.1:${port}`));
      for (const [target, status, said] of [
        [upstream.target, 200, /^$/],
        [gone, kind === "caddy" ? 502 : 503, kind === "caddy" ? /connection refused/ : /503/],
      ] as const) {
        await using one = await startEdge(kind, { target, certificate });
        await using connections = edgeConnections(one, "h1");
        const { fetch, url } = connections;
        expect((await fetch(new URL("/input", url))).status).toBe(status);
        await vi.waitFor(async () => expect(await one.errors()).toMatch(said), { timeout: 20_000 });
      }
    });

    it("is stopped by its pid with streams open, and leaves no file and nothing listening", async () => {
      const folder = await mkdtemp(join(tmpdir(), "edge-test-"));
      vi.stubEnv("TMPDIR", folder);
      const one = await startEdge(kind, { target: upstream.target, certificate });
      vi.unstubAllEnvs();
      expect(await readdir(folder)).toHaveLength(1);
      await using connections = edgeConnections(one, "h1");
      const { fetch, url } = connections;
      const response = await fetch(new URL("/events", url));
      process.kill(one.pid, 0);
      await one.close();
      expect(await readdir(folder)).toEqual([]);
      await rmdir(folder);
      expect(() => process.kill(one.pid, 0)).toThrow("ESRCH");
      await expect(response.text()).rejects.toThrow("terminated");
      await expect(fetch(url)).rejects.toThrow("fetch failed");
    });
  });

  it("is an error that names the path and the remedy where it is missing", async () => {
    const variable = `${kind.toUpperCase()}_PATH`;
    vi.stubEnv(variable, "/nowhere/edge");
    const error = await startEdge(kind, { target: upstream.target, certificate }).catch((thrown: unknown) => thrown);
    vi.unstubAllEnvs();
    expect(error).toBeInstanceOf(EdgeError);
    expect(error).toMatchObject({
      code: "not_installed",
      message: expect.stringMatching(new RegExp(`at /nowhere/edge: install one, or say where it is in ${variable}\\.$`)),
    });
  });

  it("reports its own message when it does not start", needs(tool), async () => {
    const starting = startEdge(kind, { target: upstream.target, certificate: { ...certificate, key: "no key" } });
    await expect(starting).rejects.toMatchObject({ code: "start_failed", message: expect.stringMatching(/key|PEM/i) });
  });

  it("is told from one that finds a port taken, which is tried again on others", needs(tool), async () => {
    const folder = await mkdtemp(join(tmpdir(), "edge-test-"));
    const { target } = upstream;
    const program = edgePrograms[kind];
    const taken = new Map([["h1", Number(target.port)]] as const);
    const { files, args, env = {}, ready } = program.run({ folder, certificate, target, address: "127.0.0.1", ports: taken });
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const starting = startProgram({ name: kind, path: program.path(), args, env, ready });
    await expect(starting).rejects.toMatchObject({ code: "port_taken" });
    await rm(folder, { recursive: true });
  });

  it("ends with its program, even when that is killed", { timeout: 120_000, ...needs(tool, linux) }, async () => {
    const program = [
      'const { makeCertificate, startEdge } = await import("./src/edge/index.ts");',
      "const [kind, target] = process.argv.slice(1);",
      "console.log((await startEdge(kind, { target: new URL(target), certificate: await makeCertificate() })).pid);",
    ];
    const folder = await mkdtemp(join(tmpdir(), "edge-test-"));
    const child = spawn(process.execPath, ["--input-type=module", "--eval", program.join("\n"), kind, upstream.target.href], {
      env: { ...process.env, TMPDIR: folder },
      cwd: new URL("../..", import.meta.url),
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [said] = await once(child.stdout, "data");
    const pid = Number(String(said));
    process.kill(pid, 0);
    child.kill("SIGKILL");
    await once(child, "exit");
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow("ESRCH"), { timeout: 20_000, interval: 100 });
    await rm(folder, { recursive: true });
  });
});

/** How many connections an edge has open with its clients. */
async function clientsOf(edge: Edge): Promise<number> {
  const { stdout } = await promisify(execFile)("ss", ["-Htnp", "state", "established"]);
  return stdout.split("\n").filter((line) => line.includes(`pid=${edge.pid},`) && !line.includes(`:${upstream.target.port} `)).length;
}

describe("versions that nobody there speaks", needs(tools.haproxy, tools.caddy, tools.openssl), () => {
  it("are refused with what is spoken", async () => {
    const options = { target: upstream.target, certificate };
    await using haproxy = await startEdge("haproxy", options);
    await using caddy = await startEdge("caddy", options);
    const message = expect.stringMatching(/^haproxy \S+ does not speak h3: ask for h1 or h2\.$/);
    expect(() => haproxy.url("h3")).toThrow(expect.objectContaining({ code: "not_spoken", message }));
    expect(() => edgeConnections(caddy, "h3")).toThrow(expect.objectContaining({ code: "not_spoken" }));
  });
});

describe("free ports", () => {
  it("are asked for again where one was taken meanwhile, three times at most", async () => {
    const tries: number[] = [];
    const taken = onFreePorts(1, here, async ([port = 0]) => {
      tries.push(port);
      throw new EdgeError("port_taken", "taken");
    });
    await expect(taken).rejects.toMatchObject({ code: "port_taken" });
    expect(tries).toHaveLength(3);
  });
});
