import { connect as connectTcp } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { WorkerHost } from "@agent-transports/worker-host";
import { eventually, live, post, readEvents, segment, start, startProvider } from "./harness.ts";

/** PROTOCOL.md §8.3, its default. */
const READERS_PER_RUN = 100;
let provider: Awaited<ReturnType<typeof startProvider>>;
let host: WorkerHost;
beforeAll(async () => {
  // Says one word where the prompt asks for one, and then nothing for as long as the test takes.
  provider = await startProvider((request, response) => {
    let body = "";
    request.on("data", (data) => (body += String(data)));
    request.on("end", () => {
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      response.flushHeaders();
      if (body.includes("word")) {
        response.write(`data: ${JSON.stringify({ id: "1", choices: [{ index: 0, delta: { role: "assistant", content: "Well" } }] })}\n\n`);
      }
    });
  });
  host = await start({ vars: { OPENAI_API_KEY: "unused", OPENAI_BASE_URL: provider.url, OPENAI_API: "chat" } });
});
afterAll(async () => {
  await host.dispose();
  provider.close();
});
const at = (name: string): string => new URL(`${segment}/${name}`, host.url).href;
const begin = async (base: string, key: string, prompt: string): Promise<string> =>
  ((await (await post(`${base}/runs`, { prompt, key }, { Accept: "application/json" })).json()) as { id: string }).id;
const cancel = (base: string, run: string): Promise<Response> => fetch(`${base}/runs/${run}`, { method: "DELETE" });

/** Sends a request and leaves, by `FIN` or by `RST`, once the agent counts it as a reader. */
async function comeAndGo(base: string, request: string, many: number, how: "FIN" | "RST"): Promise<void> {
  const { hostname, port } = new URL(base);
  const before = await live(base);
  const sockets = Array.from({ length: many }, () => {
    const socket = connectTcp(Number(port), hostname);
    socket.on("error", () => undefined);
    socket.resume();
    socket.write(request);
    return socket;
  });
  await eventually(
    () => live(base),
    ({ readers }) => readers >= Math.min(before.readers + many, READERS_PER_RUN),
  );
  for (const socket of sockets) {
    if (how === "RST") socket.resetAndDestroy();
    else socket.destroy();
  }
}

function plainText(base: string, prompt: string, key: string): string {
  const { pathname, host: name } = new URL(base);
  const body = JSON.stringify({ prompt, key });
  return `POST ${pathname} HTTP/1.1\r\nHost: ${name}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

describe("plain-text readers that leave during a silence", () => {
  it.each([
    ["before the first word", "FIN", "nothing"],
    ["before the first word", "RST", "nothing"],
    ["behind the first word", "FIN", "one word"],
    ["behind the first word", "RST", "one word"],
  ] as const)("do not block new readers, %s, by %s", async (_when, how, prompt) => {
    const base = at(`left-${how}-${prompt.replace(" ", "-")}`);
    const run = await begin(base, "k", prompt);
    await comeAndGo(base, plainText(base, prompt, "k"), READERS_PER_RUN, how);
    // Over the event stream at once, as many as there may be; and in plain text.
    for (let n = 0; n < 3; n++) {
      const stream = await fetch(`${base}/runs/${run}/events`);
      expect(stream.status).toBe(200);
      await stream.body?.cancel();
    }
    // Where there is a word, it is there at once; else there is no status yet.
    const texts = prompt === "one word" ? [await post(base, { prompt, key: "k" })] : [];
    expect(texts.every(({ status }) => status === 200)).toBe(true);
    for (const text of texts) await text.body?.cancel();
    expect((await live(base)).readers).toBeLessThanOrEqual(READERS_PER_RUN);
    await cancel(base, run);
    await eventually(
      () => live(base),
      ({ readers }) => readers === 0,
    );
  });

  it("are noticed at once when their connection is reset", async () => {
    const base = at("reset");
    for (const [key, prompt] of [
      ["k1", "nothing"],
      ["k2", "one word"],
    ] as const) {
      const run = await begin(base, key, prompt);
      await comeAndGo(base, plainText(base, prompt, key), 5, "RST");
      await eventually(
        () => live(base),
        ({ readers }) => readers === 0,
      );
      expect(await live(base)).toMatchObject({ runs: 1, readers: 0 });
      await cancel(base, run);
    }
  });
});

describe("a run with its maximum number of readers", () => {
  it("ends only the plain-text reader that has waited longest for data, as an aborted response", async () => {
    const base = at("evicted");
    const run = await begin(base, "k", "one word");
    const first = await post(base, { prompt: "one word", key: "k" });
    const text = first.text().then(
      (whole) => `whole: ${whole}`,
      () => "cut off",
    );
    const streams: Response[] = [];
    for (let n = 1; n < READERS_PER_RUN; n++) streams.push(await fetch(`${base}/runs/${run}/events`));
    expect(await live(base)).toMatchObject({ readers: READERS_PER_RUN });
    const newcomer = await fetch(`${base}/runs/${run}/events`);
    expect(newcomer.status).toBe(200);
    expect(await text).toBe("cut off");
    // None is left that may be ended.
    expect((await fetch(`${base}/runs/${run}/events`)).status).toBe(429);
    await cancel(base, run);
    for (const stream of [...streams, newcomer]) expect((await readEvents(stream)).at(-1)?.data.type).toBe("data-run-end");
  });

  it("answers 429 to a plain-text reader that was replaced before its first word", async () => {
    const base = at("evicted-early");
    const run = await begin(base, "k", "nothing");
    const first = post(base, { prompt: "nothing", key: "k" });
    await eventually(
      () => live(base),
      ({ readers }) => readers === 1,
    );
    const streams: Response[] = [];
    for (let n = 0; n < READERS_PER_RUN; n++) streams.push(await fetch(`${base}/runs/${run}/events`));
    const response = await first;
    expect([response.status, await response.json()]).toMatchObject([429, { error: { code: "too_many_requests", limit: READERS_PER_RUN } }]);
    await cancel(base, run);
    for (const stream of streams) await stream.body?.cancel();
  });

  it("checks at once which event streams have lost their readers, however long their heartbeat", async () => {
    const base = at("probed");
    const run = await begin(base, "k", "nothing");
    const { pathname, host: name } = new URL(base);
    await comeAndGo(base, `GET ${pathname}/runs/${run}/events?heartbeat=60000 HTTP/1.1\r\nHost: ${name}\r\n\r\n`, READERS_PER_RUN, "FIN");
    const startedAt = performance.now();
    const response = await eventually(
      () => fetch(`${base}/runs/${run}/events`),
      ({ status }) => status === 200,
    );
    // What a refusal asks to wait for is a second.
    expect(performance.now() - startedAt).toBeLessThan(30_000);
    await response.body?.cancel();
    await cancel(base, run);
  });
});
