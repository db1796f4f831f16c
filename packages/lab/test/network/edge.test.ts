/** The whole of a measurement: Chromium and the clients near, the edges and the Worker far, and a round trip of 40 ms between. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPages, watchHandshakes, type PageRun, type Pages } from "../../src/browser/index.ts";
import { edgeConnections, makeCertificate, startEdge, type Edge, type EdgeKind } from "../../src/edge/index.ts";
import { needs } from "../../src/needs.ts";
import { openNodeApplication } from "../../src/node-application/index.ts";
import { openNetwork, profiles, type Network } from "../../src/network/index.ts";
import { replyMarker, startProvider, type ScriptedProvider } from "../../src/provider/index.ts";
import * as tools from "../../src/tools.ts";
import { startWorker } from "../../src/worker-host/index.ts";

const ONE_WAY_MS = 20;
const ROUND_TRIP_MS = 2 * ONE_WAY_MS;
const TOKENS = ["one ", "two ", "three"];

describe("an edge across a network", needs(tools.network, tools.chromium, tools.caddy, tools.haproxy, tools.openssl), () => {
  let network: Network;
  let provider: ScriptedProvider;
  let edges: Readonly<Record<EdgeKind, Edge>>;
  let pages: Pages;
  let replies = 0;

  const opened = new AsyncDisposableStack();
  beforeAll(async () => {
    const link = { ...profiles.loopback.down, delayMs: ONE_WAY_MS };
    network = opened.use(await openNetwork({ down: link, up: link, seed: 1 }));
    const { near, far } = network;
    const host = await far.during(async () => {
      provider = opened.adopt(await startProvider(), (one) => one.close());
      const vars = { OPENAI_API_KEY: "scripted", OPENAI_BASE_URL: provider.baseUrl, OPENAI_API: "chat" };
      return opened.adopt(await startWorker({ vars }), (one) => one.dispose());
    });
    const certificate = await makeCertificate("agent.test", [far.address]);
    const options = { target: host.url, certificate, side: far };
    edges = { caddy: opened.use(await startEdge("caddy", options)), haproxy: opened.use(await startEdge("haproxy", options)) };
    pages = opened.adopt(await openPages({ edges: Object.values(edges), side: near }), (one) => one.close());
  });
  afterAll(() => opened.disposeAsync());

  function prompt(): string {
    const key = `reply-${replies++}`;
    provider.addReply(key, { tokens: TOKENS, dueMs: TOKENS.map((_, index) => index * 50) });
    return replyMarker(key);
  }

  it.each([
    // First, so that no connection of another one ends meanwhile.
    ["sse", "caddy", "h3", "h3", []],
    ["sse", "caddy", "h1", "http/1.1", []],
    ["sse", "caddy", "h2", "h2", []],
    ["ws", "haproxy", "h1", "http/1.1", [101]],
    ["ws", "haproxy", "h2", "h2", [200]],
  ] as const)("reads an answer in Chromium: %s, %s %s", async (transport, kind, version, protocol, handshakes) => {
    const before = await network.counters();
    const page = await pages.open(edges[kind].url(version));
    const statuses = await watchHandshakes(page);
    const read = (input: string): Promise<PageRun[]> =>
      page.evaluate(([how, text]) => window.follow.followAll(how, "demo", [{ prompt: text }]), [transport, input] as const);
    const [run] = await read(prompt());
    expect(run).toMatchObject({ end: "finished" });
    expect(run!.events.map(({ data }) => (data.type === "text-delta" ? data.delta : "")).join("")).toBe(TOKENS.join(""));
    expect(run!.firstEventMs).toBeGreaterThanOrEqual(ROUND_TRIP_MS);
    // The page itself is of this origin, and came as everything else did.
    const ofPage = await page.evaluate(() => performance.getEntriesByType("navigation").map((entry) => entry.toJSON().nextHopProtocol));
    expect([ofPage, statuses]).toEqual([[protocol], handshakes]);
    // By the packets: a connection of QUIC and none of TCP, or the other way round.
    const after = await network.counters();
    const quic = after.up.sent.udp.quicLongHeader - before.up.sent.udp.quicLongHeader;
    const tcp = after.up.sent.tcp.packets - before.up.sent.tcp.packets;
    expect([quic > 0, tcp > 0]).toEqual([version === "h3", version !== "h3"]);
    expect([after.down.unasked, after.up.unasked]).toEqual([0, 0]);
    // And nothing else: no look-up of a name, which Chromium would make by itself.
    const { udp } = after.up.sent;
    expect(udp.packets).toBe(udp.quicLongHeader + udp.quicShortHeader);
    await page.context().close();
  });

  it.each(["h1", "h2"] as const)("is asked by Node over %s: two round trips for a connection, and one for a request", async (version) => {
    await using connections = edgeConnections(edges.haproxy, version);
    const { fetch, url } = connections;
    const asked = await network.near.during(async () => {
      const times: number[] = [];
      // A busy machine only adds: the least of several is the network's.
      for (let request = 0; request < 10; request++) {
        const askedAt = performance.now();
        await (await fetch(new URL("/nothing", url))).text();
        times.push(performance.now() - askedAt);
      }
      return times;
    });
    const [first, ...others] = asked;
    expect(first).toBeGreaterThanOrEqual(3 * ROUND_TRIP_MS);
    expect(Math.min(...others)).toBeGreaterThanOrEqual(ROUND_TRIP_MS);
    expect(Math.min(...others)).toBeLessThan(2 * ROUND_TRIP_MS);
  });

  // A connection takes two round trips, a socket's upgrade one more, and the answer itself one.
  it.each([
    ["sse", "h1", "page", 1],
    ["sse", "h2", "page", 1],
    ["sse", "h2", "none", 3],
    ["ws", "h1", "none", 4],
  ] as const)("is read from by an application in Node: %s over %s, open before: %s", async (transport, version, connections, trips) => {
    const inputs = [prompt(), prompt(), prompt()].map((text) => ({ prompt: text }));
    const application = await openNodeApplication({ edge: edges.haproxy, version, side: network.near });
    try {
      const { times, runs } = await application.perform({ transport, agent: "demo", connections }, { do: "first answers", inputs });
      expect(runs.map(({ end }) => end)).toEqual(["finished", "finished", "finished"]);
      expect(times).toHaveLength(2);
      // The model waits for nothing before its first word. A clock may be a fraction of a millisecond coarse.
      expect(Math.min(...times)).toBeGreaterThan(trips * ROUND_TRIP_MS - 1);
      expect(Math.min(...times)).toBeLessThan(trips * ROUND_TRIP_MS + 90);
      await expect(
        application.perform({ transport, agent: "demo", connections }, { do: "resume", run: "no-such-run", after: "x", times: 1 }),
      ).rejects.toThrow("not an event id");
    } finally {
      await application.close();
    }
    await expect(application.now()).rejects.toThrow("SIGKILL");
  });
});
