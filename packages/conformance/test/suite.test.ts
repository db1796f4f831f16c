import type { ClientOptions, ResumeOptions, Run, RunEvent, StartOptions, TransportClient } from "@agent-transports/protocol";
import { describe, expect, it } from "vitest";
import { cases, runCase, startScriptedServer, type ConformanceCase, type Subject } from "../src/index.ts";
import { textRun } from "../src/cases/support.ts";

/** A client that reads a run's stream once, by hand, and does to its events what a fault says. It is no client to use. */
function faultyClient(fault: (events: RunEvent[]) => RunEvent[]): Subject {
  return {
    transport: "sse",
    create: ({ url }: ClientOptions): TransportClient => {
      const follow = (path: string, init: RequestInit): Run => {
        let end: Run["end"];
        let last: string | undefined;
        const answer = fetch(new URL(`/agents/transport-agent/default${path}`, url), init);
        const started = answer.then(({ headers }) => headers.get("Agent-Run") ?? "");
        return {
          id: "r",
          started,
          connection: "ended",
          get end() {
            return end;
          },
          get lastEventId() {
            return last;
          },
          send: () => Promise.resolve(""),
          cancel: () => Promise.resolve(),
          close: () => undefined,
          onStateChange: () => () => undefined,
          toReadableStream: () => new ReadableStream(),
          async *[Symbol.asyncIterator]() {
            const text = await (await answer).text();
            const events = text.split("\n\n").flatMap((block): RunEvent[] => {
              const id = /^id: (.*)$/m.exec(block)?.[1];
              return id === undefined ? [] : [{ id, data: JSON.parse(/^data: (.*)$/m.exec(block)?.[1] ?? "null") }];
            });
            for (const event of fault(events)) {
              last = event.id;
              if (event.data.type === "data-run-end") end = { state: "finished" };
              yield event;
            }
          },
        } as Run;
      };
      return {
        transport: "sse",
        start: ((input: object, options: StartOptions = {}) =>
          follow("/runs", { method: "POST", body: JSON.stringify({ ...input, key: options.key ?? "k" }) })) as TransportClient["start"],
        resume: ((id: string, { after }: ResumeOptions = {}) =>
          follow(`/runs/${id}/events?after=${after ?? ""}`, {})) as TransportClient["resume"],
        close: () => undefined,
        [Symbol.dispose]: () => undefined,
      };
    },
  };
}

const follows: ConformanceCase = cases.find(({ title }) => title.startsWith("follows a run that it did not start"))!;

describe("the suite", () => {
  it("passes a client that does what a case says", async () => {
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

  it("says of no case that it passes where it does nothing: a client without reconnect fails those that cut", async () => {
    const cuts = cases.filter(({ title }) => title.startsWith("goes on where it was"));
    expect(cuts).toHaveLength(3);
    for (const one of cuts)
      await expect(
        runCase(
          faultyClient((events) => events),
          one,
        ),
      ).rejects.toThrow(/./);
  });

  it("has a title of its own for every case", () => {
    expect(new Set(cases.map(({ title }) => title)).size).toBe(cases.length);
  });
});

describe("the scripted server", () => {
  it("keeps to the wire: a comment first, ids, and 204 at the end", async () => {
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
