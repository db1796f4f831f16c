import { EventSource } from "eventsource";
import type { Answer, AnswerListener, ApplicationClient } from "./application.ts";

/** An application on npm's `eventsource`, with its defaults and its own `fetch`. An `EventSource` cannot post: the answer is begun before. */
export class EventSourceApplication implements ApplicationClient {
  readonly #start: (prompt: string) => Promise<URL>;
  readonly #sources = new Set<EventSource>();
  #closed = false;

  /** @param start answers with where the answer's events are */
  constructor(start: (prompt: string) => Promise<URL>) {
    this.#start = start;
  }

  ask(prompt: string, listener: AnswerListener): Answer {
    const opened = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    const fail = (error: unknown): void => {
      opened.reject(error);
      ended.reject(error);
    };
    const follow = async (): Promise<void> => {
      const url = await this.#start(prompt);
      if (!this.#closed) this.#follow(url, listener, { opened: opened.resolve, ended: ended.resolve, fail });
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
    listener: AnswerListener,
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
      listener.onState("open");
      tell.opened();
    });
    source.addEventListener("error", (event) => {
      if (source.readyState === EventSource.CONNECTING) listener.onState("connecting");
      else tell.fail(new Error(`The EventSource gave up: ${event.message ?? "no reason"}.`));
    });
    source.addEventListener("message", ({ data }) => {
      const chunk: { readonly type: string; readonly delta?: string } = JSON.parse(String(data));
      if (chunk.type === "text-delta") listener.onText(chunk.delta ?? "");
      // Ours says the end so (PROTOCOL.md §1), `agents/streams` by an event of its own.
      if (chunk.type === "data-run-end") end();
    });
    source.addEventListener("done", end);
  }
}

/** Starts what is read elsewhere. */
export async function postForJson(url: URL, body: unknown): Promise<Response> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`The agent answered a start with ${response.status}: ${await response.text()}`);
  return response;
}
