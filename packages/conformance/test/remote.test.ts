import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { cases } from "../src/cases/index.ts";
import { textRun } from "../src/cases/support.ts";
import { startControl, type Control } from "../src/control.ts";
import { startRemoteServer } from "../src/remote/remote-server.ts";
import { clientChecks, serveChecks } from "../src/runtime.ts";
import { faultyClient } from "./faulty-client.ts";

const follows = "follows a run that it did not start, from its first event or from any other";

let control: Control;
beforeAll(async () => {
  control = await startControl();
});
afterAll(() => control.close());

describe("the remote control of a scripted server", () => {
  it("behaves as the server itself", async () => {
    const server = await startRemoteServer(control.url.href);
    const events = new URL("/agents/transport-agent/x/runs/r/events?heartbeat=2000&token=t", server.url);
    await server.runs(textRun("r", 1));
    await server.plan([{ refuse: 403 }], [{ bytes: [[0x3a, 0x6f]] }, "wait", { bytes: [[0x6b]] }, { cut: "clean" }]);
    await server.agreeOn(1_000);
    await server.planInputs({ code: "run_ended", message: "It has ended." });
    const second = server.askedAt(1);

    expect((await fetch(events)).status).toBe(403);
    const answer = await fetch(events, { headers: { "Last-Event-ID": "ep-r.1" } });
    expect(answer.headers.get("Agent-Heartbeat")).toBe("1000");
    const text = answer.text();
    await server.go();
    expect(await text).toBe(":ok\n\n:ok");
    expect(await second).toEqual({
      agent: "transport-agent",
      name: "x",
      run: "r",
      cursor: "ep-r.1",
      query: { heartbeat: "2000", token: "t" },
      sent: 0,
    });
    expect(await server.asked()).toHaveLength(2);

    const inputs = new URL("/agents/transport-agent/x/runs/r/inputs", server.url);
    const send = (): Promise<Response> => fetch(inputs, { method: "POST", body: JSON.stringify({ key: "k", data: 1 }) });
    expect((await send()).status).toBe(409);
    expect((await send()).status).toBe(202);
    expect(await server.inputs()).toEqual([{ key: "k", data: 1 }]);
    await fetch(new URL("/agents/transport-agent/x/runs/r", server.url), { method: "DELETE" });
    expect(await server.cancelled()).toEqual(["r"]);

    const socket = new WebSocket(new URL("/agents/transport-agent/x?v=1", server.url.href.replace("http", "ws")));
    socket.addEventListener("open", () => socket.send('{"type":"ping"}'));
    await server.pinged(0, 1);
    socket.close();

    await server.close();
    await expect(fetch(events)).rejects.toThrow("fetch failed");
    await expect(server.asked()).rejects.toThrow("There is no server");
  });

  it("closes all remaining servers when it closes", async () => {
    const other = await startControl();
    const server = await startRemoteServer(other.url.href);
    expect((await fetch(server.url)).status).toBe(404);
    await other.close();
    await expect(fetch(server.url)).rejects.toThrow("fetch failed");
  });

  it("does at once what it is asked for where its answers are late", async () => {
    const options = { answersLateMs: 0 };
    const late = await startControl(options);
    const server = await startRemoteServer(late.url.href);
    options.answersLateMs = 200;
    const askedAt = performance.now();
    expect(await server.asked()).toEqual([]);
    expect(performance.now() - askedAt).toBeGreaterThan(190);
    options.answersLateMs = 600_000; // Nobody is told any more.
    const told = server.runs(textRun("r", 1)).then(
      () => "told",
      (error: unknown) => String(error),
    );
    const events = new URL("/agents/transport-agent/x/runs/r/events", server.url);
    await vi.waitUntil(async () => (await fetch(events)).status === 200, { timeout: 10_000, interval: 5 });
    await late.close();
    expect(await told).toBe("TypeError: fetch failed");
  });

  it("allows requests from pages of another origin, with the headers that a client sends and reads", async () => {
    const server = await startRemoteServer(control.url.href);
    const answer = await fetch(server.url, { method: "OPTIONS", headers: { Origin: "http://page.example" } });
    expect(answer.status).toBe(204);
    expect(answer.headers.get("Access-Control-Allow-Origin")).toBe("http://page.example");
    expect(answer.headers.get("Access-Control-Allow-Headers")).toBe("Content-Type, Last-Event-ID, Idempotency-Key, Authorization");
    expect(answer.headers.get("Access-Control-Expose-Headers")).toBe("Agent-Run, Agent-Heartbeat, Content-Location, Location, Retry-After");
    await server.close();
  });
});

describe("the checks that a runtime serves", () => {
  const serve = serveChecks({
    good: clientChecks(faultyClient((events) => events)),
    bad: clientChecks(faultyClient((events) => events.slice(1))),
  });
  const ask = async (query: Record<string, string>): Promise<Response> => serve(new Request(`http://x/?${new URLSearchParams(query)}`));

  it("report that a case passed, or why it failed", async () => {
    const question = { control: control.url.href, title: follows };
    expect(await (await ask({ ...question, suite: "good" })).json()).toMatchObject({ state: "passed" });
    expect(await (await ask({ ...question, suite: "bad" })).json()).toMatchObject({
      state: "failed",
      error: { name: "AssertionError", message: expect.stringContaining("deep-equal"), stack: expect.stringContaining("delivery.ts") },
    });
  });

  it("answer 404 for a case that does not exist, and fail a case whose server they cannot reach", async () => {
    expect((await ask({ control: control.url.href, suite: "good", title: "x" })).status).toBe(404);
    expect((await ask({ control: control.url.href, suite: "x", title: follows })).status).toBe(404);
    expect(await (await ask({ control: "http://127.0.0.1:9", suite: "good", title: follows })).json()).toMatchObject({ state: "failed" });
  });

  it("are the cases that apply to the transport, and each case applies to at least one transport", () => {
    const titles = (transport: "sse" | "ws"): string[] =>
      clientChecks({ ...faultyClient((events) => events), transport }).map(({ title }) => title);
    const waits = "waits for as long as Retry-After says";
    expect(titles("sse")).toContain(waits);
    expect(titles("ws")).not.toContain(waits);
    expect(new Set([...titles("sse"), ...titles("ws")])).toEqual(new Set(cases.map(({ title }) => title)));
  });
});
