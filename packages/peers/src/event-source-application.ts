import { AGENT_SEGMENT } from "@agent-transports/protocol";
import { EventSource } from "eventsource";
import { contextOf } from "../lab.ts";
import type { Heard, Peer, PeerClient, PeerRun } from "./types.ts";

/** `eventsource` of npm, which is the WHATWG's interface; its defaults, its own `fetch`. An `EventSource` cannot post: the run is started before. */
class SourceClient implements PeerClient {
  readonly #start: (prompt: string) => Promise<URL>;
  readonly #sources = new Set<EventSource>();
  #closed = false;

  /** @param start answers with where the run's events are */
  constructor(start: (prompt: string) => Promise<URL>) {
    this.#start = start;
  }

  ask(prompt: string, heard: Heard): PeerRun {
    const opened = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    const fail = (error: unknown): void => {
      opened.reject(error);
      ended.reject(error);
    };
    const follow = async (): Promise<void> => {
      const url = await this.#start(prompt);
      if (!this.#closed) this.#follow(url, heard, { opened: opened.resolve, ended: ended.resolve, fail });
    };
    follow().catch(fail);
    return { opened: opened.promise, ended: ended.promise };
  }

  close(): void {
    this.#closed = true;
    for (const source of this.#sources) source.close();
    this.#sources.clear();
  }

  #follow(
    url: URL,
    heard: Heard,
    tell: { readonly [Name in "opened" | "ended"]: () => void } & { readonly fail: (error: unknown) => void },
  ): void {
    const source = new EventSource(url);
    this.#sources.add(source);
    const end = (): void => {
      source.close();
      this.#sources.delete(source);
      tell.ended();
    };
    source.addEventListener("open", () => {
      heard.state("open");
      tell.opened();
    });
    source.addEventListener("error", (event) => {
      if (source.readyState === EventSource.CONNECTING) heard.state("connecting");
      else tell.fail(new Error(`The EventSource gave up: ${event.message ?? "no reason"}.`));
    });
    source.addEventListener("message", ({ data }) => {
      const chunk: { readonly type: string; readonly delta?: string } = JSON.parse(String(data));
      if (chunk.type === "text-delta") heard.text(chunk.delta ?? "");
      // Ours says the end so (PROTOCOL.md §1), `agents/streams` by an event of its own.
      if (chunk.type === "data-run-end") end();
    });
    source.addEventListener("done", end);
  }
}

async function post(url: URL, body: unknown): Promise<Response> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`The agent answered a start with ${response.status}: ${await response.text()}`);
  return response;
}

export const streams: Peer = {
  id: "streams",
  label: "agents/streams",
  beside: "sse",
  agent: "peers",
  connect: (url, agent) =>
    new SourceClient(async (prompt) => {
      const events = new URL(`/agents/streams-agent/${agent}?stream=${crypto.randomUUID()}`, url);
      await (await post(events, { prompt })).arrayBuffer();
      return events;
    }),
};

export const eventSource: Peer = {
  id: "eventsource",
  label: "eventsource (npm)",
  beside: "sse",
  agent: "ours",
  connect: (url, agent) =>
    new SourceClient(async (prompt) => {
      const response = await post(new URL(`/agents/${AGENT_SEGMENT}/${agent}/runs`, url), contextOf(prompt));
      const { events }: { events: string } = await response.json();
      return new URL(events, url);
    }),
};
