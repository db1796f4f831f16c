import type { RunEvent } from "@agent-transports/client-core";
import { describe, expect, it } from "vitest";
import { runCaseOn } from "../src/check.ts";
import { cases, runCase, startScriptedServer, type ConformanceCase } from "../src/index.ts";
import { textRun } from "../src/cases/support.ts";
import { faultyClient } from "./faulty-client.ts";

const follows: ConformanceCase = cases.find(({ title }) => title.startsWith("follows a run that it did not start"))!;

describe("the suite", () => {
  it("passes a client that behaves as the case says", async () => {
    await expect(
      runCase(
        faultyClient((events) => events),
        follows,
      ),
    ).resolves.toBeUndefined();
  });

  it.each<[string, (events: RunEvent[]) => RunEvent[]]>([
    ["loses an event", (events) => events.filter((_, index) => index !== 2)],
    ["repeats an event", (events) => events.flatMap((event, index) => (index === 2 ? [event, event] : [event]))],
    ["swaps two events", (events) => events.with(1, events[2]!).with(2, events[1]!)],
    ["loses the tail", (events) => events.slice(0, -1)],
  ])("fails a client that %s", async (_what, fault) => {
    await expect(runCase(faultyClient(fault), follows)).rejects.toThrow(/deep-equal|deepEqual/i);
  });

  it("does not pass cases vacuously: a client without reconnect fails the cases that cut the connection", async () => {
    const cuts = cases.filter(({ title }) => title.startsWith("resumes when "));
    expect(cuts).toHaveLength(7);
    for (const one of cuts) await expect(runCase(faultyClient(), one)).rejects.toThrow(/./);
  });

  it("ends a case in which the client never does what is awaited, and closes its server", async () => {
    const silence = cases.find(({ title }) => title === "reconnects after two heartbeat periods of silence")!;
    const server = await startScriptedServer();
    await expect(runCaseOn(faultyClient(), silence, async () => server, 300)).rejects.toThrow("did not end within 300 ms");
    await expect(fetch(server.url)).rejects.toThrow("fetch failed");
  });

  it("gives every case a unique title", () => {
    expect(new Set(cases.map(({ title }) => title)).size).toBe(cases.length);
  });
});

describe("the scripted server", () => {
  it("follows the protocol: a comment first, ids, and 204 at the end", async () => {
    const server = await startScriptedServer();
    try {
      const run = textRun("r", 1);
      await server.runs(run);
      const events = new URL("/agents/transport-agent/x/runs/r/events", server.url);
      const text = await (await fetch(events)).text();
      expect(text.startsWith(":ok\n\n")).toBe(true);
      expect([...text.matchAll(/^id: (.*)$/gm)].map(([, id]) => id)).toEqual([1, 2, 3, 4].map((seq) => `ep-r.${seq}`));
      expect((await fetch(events, { headers: { "Last-Event-ID": "ep-r.4" } })).status).toBe(204);
    } finally {
      await server.close();
    }
  });
});
