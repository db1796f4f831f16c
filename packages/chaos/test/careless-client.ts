import type { ClientOptions, RunEvent } from "@agent-transports/client-core";
import { isRunEnd, parseEventId, type RunEnd, type RunInput } from "@agent-transports/protocol";
import type { TransportName } from "../src/plan/scenario.ts";
import type { MakeClient, Subject, SubjectRun } from "../src/run/subject.ts";

/** What a client does wrong when it comes back. */
export type Carelessness =
  /** It asks for everything again, and drops nothing of what it has. */
  | "no de-duplication"
  /** It asks for what comes behind the tail. */
  | "no replay"
  /** It takes a lost connection for the end. */
  | "no reconnect"
  /** It asks from one event before its cursor, and drops nothing. */
  | "a cursor that is late by one";

/** A client that reads a run over a real connection, and is wrong in one thing. */
export function makeCareless(how: Carelessness): MakeClient {
  return (transport, options) => new CarelessClient(transport, options, how);
}

class CarelessClient implements Subject {
  readonly #base: string;
  readonly #transport: TransportName;
  readonly #how: Carelessness;
  readonly #closed = new AbortController();

  constructor(transport: TransportName, { url, agent, name }: ClientOptions, how: Carelessness) {
    this.#base = new URL(`/agents/${agent}/${name}`, url).href;
    this.#transport = transport;
    this.#how = how;
  }

  start(input: RunInput, { key }: { readonly key: string }): SubjectRun {
    const asked = { method: "POST", headers: { Accept: "application/json" }, body: JSON.stringify({ ...input, key }) };
    const started = fetch(`${this.#base}/runs`, asked).then(async (response) => ((await response.json()) as { id: string }).id);
    return this.#follow(started, undefined);
  }

  resume(runId: string, { after }: { readonly after?: string }): SubjectRun {
    return this.#follow(Promise.resolve(runId), after);
  }

  restore(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  close(): void {
    this.#closed.abort();
  }

  #follow(started: Promise<string>, after: string | undefined): SubjectRun {
    const read = { last: after, end: undefined as RunEnd | undefined };
    const events = this.#events(started, after, read);
    return {
      started,
      connection: "open",
      get lastEventId() {
        return read.last;
      },
      get end() {
        return read.end;
      },
      send: () => Promise.reject(new Error("It sends nothing.")),
      cancel: () => Promise.reject(new Error("It cancels nothing.")),
      close: () => this.#closed.abort(),
      onStateChange: () => () => undefined,
      [Symbol.asyncIterator]: () => events,
    };
  }

  async *#events(
    started: Promise<string>,
    after: string | undefined,
    read: { last: string | undefined; end: RunEnd | undefined },
  ): AsyncGenerator<RunEvent> {
    const run = await started;
    let from = after;
    for (let tries = 0; tries < 20 && read.end === undefined && !this.#closed.signal.aborted; tries++) {
      try {
        for await (const event of this.#connection(run, from)) {
          read.last = event.id;
          if (isRunEnd(event.data)) read.end = event.data.data;
          yield event;
          if (read.end !== undefined) return;
        }
      } catch (error) {
        if (this.#closed.signal.aborted) throw error; // Otherwise the connection was lost.
      }
      if (this.#how === "no reconnect") return;
      from = await this.#comesBackTo(run, after, read.last);
    }
  }

  async #comesBackTo(run: string, after: string | undefined, last: string | undefined): Promise<string | undefined> {
    if (this.#how === "no de-duplication") return after;
    const seen = parseEventId(last ?? "");
    if (this.#how === "a cursor that is late by one")
      return seen === undefined || seen.seq < 2 ? undefined : `${seen.epoch}.${seen.seq - 1}`;
    for (;;) {
      // So that there is something to be missed.
      await new Promise((resolve) => setTimeout(resolve, 60));
      const { lastEventId, state } = (await (await fetch(`${this.#base}/runs/${run}`)).json()) as { lastEventId: string; state: string };
      if (lastEventId !== last || state !== "running") return lastEventId;
    }
  }

  #connection(run: string, after: string | undefined): AsyncGenerator<RunEvent> {
    return this.#transport === "sse" ? this.#eventStream(run, after) : this.#socket(run, after);
  }

  async *#eventStream(run: string, after: string | undefined): AsyncGenerator<RunEvent> {
    const headers: Record<string, string> = after === undefined ? {} : { "Last-Event-ID": after };
    const { body } = await fetch(`${this.#base}/runs/${run}/events`, { headers, signal: this.#closed.signal });
    if (body === null) return;
    let text = "";
    for await (const part of body.pipeThrough(new TextDecoderStream())) {
      const blocks = (text + part).split("\n\n");
      text = blocks.pop() ?? "";
      for (const block of blocks) {
        const [, id] = /^id: (.*)$/m.exec(block) ?? [];
        const [, data] = /^data: (.*)$/m.exec(block) ?? [];
        if (id !== undefined && data !== undefined) yield { id, data: JSON.parse(data) as RunEvent["data"] };
      }
    }
  }

  async *#socket(run: string, after: string | undefined): AsyncGenerator<RunEvent> {
    const query = new URLSearchParams({ v: "1", resume: after === undefined ? run : `${run}:${after}` });
    const socket = new WebSocket(`${this.#base.replace("http", "ws")}?${query.toString()}`);
    this.#closed.signal.addEventListener("abort", () => socket.close());
    const waiting: RunEvent[] = [];
    let wake: () => void = () => undefined;
    const over = new AbortController();
    socket.addEventListener("message", ({ data }) => {
      const frame = JSON.parse(String(data)) as { type: string; id?: string; events?: RunEvent["data"][] };
      const first = parseEventId(frame.id ?? "");
      if (frame.type === "events" && first !== undefined)
        waiting.push(...(frame.events ?? []).map((chunk, index) => ({ id: `${first.epoch}.${first.seq + index}`, data: chunk })));
      wake();
    });
    for (const type of ["close", "error"]) {
      socket.addEventListener(type, () => {
        over.abort();
        wake();
      });
    }
    try {
      while (!over.signal.aborted || waiting.length > 0) {
        yield* waiting.splice(0);
        if (waiting.length === 0 && !over.signal.aborted) await new Promise<void>((resolve) => void (wake = resolve));
      }
    } finally {
      socket.close();
    }
  }
}
