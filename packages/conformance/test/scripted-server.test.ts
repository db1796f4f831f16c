import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { textRun } from "../src/cases/support.ts";
import { startScriptedServer, type ScriptedServer } from "../src/index.ts";

let server: ScriptedServer;
beforeEach(async () => {
  server = await startScriptedServer();
  await server.runs(textRun("r", 20, 32_768));
});
afterEach(() => server.close());

interface Ended {
  /** What came before the close, as JSON. */
  readonly frames: readonly unknown[];
  readonly code: number;
  readonly reason: string;
}

/** Opens a socket, sends these once it is open, and closes it behind so many frames where the server does not. */
function talk(path: string, sent: readonly (string | Uint8Array<ArrayBuffer>)[] = [], count = Infinity): Promise<Ended> {
  return new Promise((resolve) => {
    const url = new URL(path, server.url);
    url.protocol = "ws:";
    const socket = new WebSocket(url);
    const frames: unknown[] = [];
    socket.addEventListener("open", () => sent.forEach((frame) => socket.send(frame)));
    socket.addEventListener("message", ({ data }) => {
      frames.push(JSON.parse(String(data)));
      if (frames.length === count) socket.close();
    });
    socket.addEventListener("close", ({ code, reason }) => resolve({ frames, code, reason }));
  });
}

const base = "/agents/transport-agent/x";

describe("the scripted server's sockets, as an agent's", () => {
  it.each([
    ["of another version", `${base}?v=2`, 4400, "This agent speaks version 1 of the protocol."],
    ["below the agent's URL", `${base}/runs?v=1`, 4404, "There is no such path. Open a socket at the agent's own URL."],
    ["at no agent's URL", "/agents/transport-agent?v=1", 4404, "Ask at /agents/<agent>/<name>."],
    ["for a name that is none", "/agents/transport-agent/runs?v=1", 4400, expect.stringContaining("An agent's name")],
  ])("refuse a handshake %s", async (_what, path, code, reason) => {
    expect(await talk(path)).toEqual({ frames: [], code, reason });
  });

  it("answer nothing but pings where no version is named", async () => {
    const resume = '{"type":"resume","run":"r"}';
    const { frames } = await talk(`${base}?resume=r&heartbeat=1000`, [resume, '{"type":"ping"}'], 2);
    expect(frames).toEqual([{ type: "cf_agent_identity", agent: "transport-agent", name: "x" }, { type: "pong" }]);
    expect(await server.asked()).toEqual([]);
    expect(await server.connected()).toMatchObject([{ agent: "transport-agent", name: "x", path: "" }]);
  });

  it("are found at the root, too, by the name in the query", async () => {
    await talk("/?agent-id=y&v=1&resume=r", [], 1);
    expect(await server.asked()).toMatchObject([{ agent: "transport-agent", name: "y", run: "r" }]);
  });

  it("answer what they cannot read, or did not agree to, and stay open", async () => {
    const { frames } = await talk(`${base}?v=1`, ["{", "null", '{"type":"later"}', Uint8Array.of(0), '{"type":"ping"}'], 5);
    expect(frames).toMatchObject([
      { type: "error", error: { code: "invalid_json" } },
      { type: "error", error: { code: "invalid_request" } },
      { type: "error", error: { code: "invalid_request" } },
      { type: "error", error: { code: "unsupported_frame" } },
      { type: "pong" },
    ]);
  });

  it("pace a reader that asks for it, and no other", async () => {
    const marks = (frames: readonly unknown[]): number => frames.filter((frame) => Object(frame).ack === true).length;
    expect(marks((await talk(`${base}?v=1&resume=r`, [], 24)).frames)).toBe(0);
    const paced = talk(`${base}?v=1&resume=r&acks=1&heartbeat=1000`);
    const { frames, code } = await paced; // Nothing is heard of it.
    expect([marks(frames), code]).toEqual([2, 4408]);
    expect(frames.at(-1)).toMatchObject({ type: "error", error: { code: "request_timeout" } });
  });

  it.each([
    ["1", 1_000],
    ["999", 1_000],
    ["15000", 15_000],
    ["60001", 60_000],
    ["soon", 5_000],
    ["-1", 5_000],
  ])("agree to a heartbeat as an agent does: of %s it makes %d", async (asked, agreed) => {
    const { frames } = await talk(`${base}?v=1&heartbeat=${asked}`, [], 1);
    expect(frames).toEqual([{ type: "hello", heartbeat: agreed }]);
    await server.plan(["hold"]);
    const stream = await fetch(new URL(`${base}/runs/r/events?heartbeat=${asked}`, server.url));
    expect(stream.headers.get("Agent-Heartbeat")).toBe(String(agreed));
    await stream.body?.cancel();
  });

  it("tell how many pings have come on each", async () => {
    const ping = '{"type":"ping"}';
    let told = false;
    void server.pinged(0, 2).then(() => (told = true));
    const second = server.pinged(1, 2);
    await talk(`${base}?v=1`, [ping], 1);
    await server.pinged(0, 1);
    await talk(`${base}?v=1`, [ping, ping], 2);
    await second;
    expect(told).toBe(false);
  });

  it("have no run of another agent's", async () => {
    await talk(`${base}?v=1&resume=r`, [], 1);
    const { frames } = await talk("/agents/transport-agent/y?v=1&resume=r", [], 1);
    expect(frames).toMatchObject([{ type: "error", run: "r", error: { code: "run_not_found" } }]);
  });
});

describe("the scripted server's requests", () => {
  const post = async (path: string, body: object, key?: string): Promise<Response> =>
    fetch(new URL(base + path, server.url), {
      method: "POST",
      body: JSON.stringify(body),
      headers: key === undefined ? {} : { "Idempotency-Key": key },
    });

  it("take a key from the header where the body has none", async () => {
    await server.plan(["hold"], ["hold"], ["hold"]);
    await post("/runs", { prompt: "Hello" }, "header");
    await post("/runs", { prompt: "Hello", key: "body" }, "header");
    await post("/runs", { prompt: "Hello" });
    expect((await server.asked()).map(({ key }) => key)).toEqual(["header", "body", undefined]);

    const answers = [await post("/runs/r/inputs", { data: 1 }, "header"), await post("/runs/r/inputs", { data: 2, key: "body" }, "header")];
    const list = {
      inputs: [
        { key: "one", data: 3 },
        { key: "two", data: 4 },
      ],
    };
    answers.push(await post("/runs/r/inputs", list, "header"));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
    expect((await server.inputs()).map(({ key }) => key)).toEqual(["header", "body", "one", "two"]);
  });

  it("answer a start with its run alone where that is asked for, and the request for its events is the rest of it", async () => {
    const end = { type: "data-run-end", data: { state: "finished" }, transient: true } as const;
    await server.runs({ id: "r", epoch: "e", chunks: [{ type: "start" }, end] });
    await server.plan(["rest"], [{ refuse: 503 }], ["rest"]);
    const start = async (): Promise<Response> =>
      fetch(new URL(`${base}/runs`, server.url), {
        method: "POST",
        body: '{"prompt":"Hello","key":"k"}',
        headers: { Accept: "application/json, text/event-stream;q=0.9" },
      });
    const answers = [await start(), await start(), await start()];
    expect(answers.map(({ status }) => status)).toEqual([201, 503, 200]);
    const [answer] = answers;
    expect([answer!.headers.get("Location"), answer!.headers.get("Agent-Run")]).toEqual([`${base}/runs/r`, "r"]);
    const { id, events } = await answer!.json();
    expect([id, events]).toEqual(["r", `${base}/runs/r/events`]);
    const ids = [...(await (await fetch(new URL(events, server.url))).text()).matchAll(/^id: (.*)$/gm)].map(([, id]) => id);
    expect(ids).toEqual(["e.1", "e.2"]);
    const asked = { key: "k", input: { prompt: "Hello" }, run: undefined, cursor: undefined };
    expect(await server.asked()).toMatchObject([
      { ...asked, sent: 0 },
      { ...asked, sent: 0 },
      { ...asked, sent: 2 },
    ]);
  });

  it("begin another run with each start that has no key", async () => {
    await server.runs(textRun("r"), textRun("s"));
    const runs = [await post("/runs", { prompt: "Hello" }), await post("/runs", { prompt: "Hello" })];
    expect(runs.map(({ headers }) => headers.get("Agent-Run"))).toEqual(["r", "s"]);
  });
});
