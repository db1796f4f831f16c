import type { ClientOptions, ResumeOptions, Run, RunEvent, StartOptions, TransportClient } from "@agent-transports/client-core";
import type { Subject } from "../src/index.ts";

/** A client that reads a run's stream once, by hand, and does to its events what a fault says; without one it gives them as they come. It is no client to use. */
export function faultyClient(fault?: (events: RunEvent[]) => RunEvent[]): Subject {
  return {
    transport: "sse",
    create: ({ url }: ClientOptions): TransportClient => {
      const follow = (path: string, init: RequestInit): Run => {
        let end: Run["end"];
        let last: string | undefined;
        const answer = fetch(new URL(`/agents/transport-agent/default${path}`, url), init);
        const events = async function* (): AsyncGenerator<RunEvent, undefined> {
          const live = eventsOf(await answer);
          for await (const event of fault === undefined ? live : fault(await all(live))) {
            last = event.id;
            if (event.data.type === "data-run-end") end = { state: "finished" };
            yield event;
          }
        };
        const started = answer.then(({ headers }) => headers.get("Agent-Run") ?? "");
        return {
          id: "r",
          started,
          connection: "ended",
          lastHeardAt: undefined,
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
          async *batches() {
            for await (const event of events()) yield [event];
          },
          [Symbol.asyncIterator]: events,
        } as Run;
      };
      return {
        transport: "sse",
        start: ((input: object, options: StartOptions = {}) =>
          follow("/runs", { method: "POST", body: JSON.stringify({ ...input, key: options.key ?? "k" }) })) as TransportClient["start"],
        resume: ((id: string, { after }: ResumeOptions = {}) =>
          follow(`/runs/${id}/events?after=${after ?? ""}`, {})) as TransportClient["resume"],
        restore: () => Promise.resolve(undefined),
        connect: () => Promise.resolve(),
        close: () => undefined,
        [Symbol.dispose]: () => undefined,
      };
    },
  };
}

async function all(events: AsyncIterable<RunEvent>): Promise<RunEvent[]> {
  const list: RunEvent[] = [];
  for await (const event of events) list.push(event);
  return list;
}

async function* eventsOf({ body }: Response): AsyncGenerator<RunEvent, void> {
  let text = "";
  for await (const piece of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const blocks = (text + piece).split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const id = /^id: (.*)$/m.exec(block)?.[1];
      if (id !== undefined) yield { id, data: JSON.parse(/^data: (.*)$/m.exec(block)?.[1] ?? "null") };
    }
  }
}
