import { AGENT_SEGMENT, encodeFrame, isRunEnd, parseEventId, type ServerFrame } from "@agent-transports/protocol";
import ReconnectingWebSocket from "partysocket/ws";
import { onlyMessage, type Answer, type AnswerListener, type ApplicationClient } from "../application.ts";
import type { PeerWith } from "../peer.ts";
import { AGENT_PATH } from "../reader.ts";
import { socketReader } from "../socket-reader.ts";

interface Following {
  readonly key: string;
  readonly start: string | Uint8Array<ArrayBuffer>;
  readonly listener: AnswerListener;
  readonly opened: () => void;
  readonly ended: () => void;
  readonly fail: (error: Error) => void;
  run: string | undefined;
  /** Of the last event. */
  last: string | undefined;
}

/**
 * The least application on `partysocket` that follows a run of ours through a break: it sends the start frame, and where the socket opens again
 * resumes each run after its last id (PROTOCOL.md §4.1). When to connect again is partysocket's own affair, with its defaults: that is what is measured.
 */
class PartySocketApplication implements ApplicationClient {
  readonly #socket: ReconnectingWebSocket;
  readonly #runs = new Set<Following>();
  #opened = false;

  constructor(url: string) {
    this.#socket = new ReconnectingWebSocket(url);
    this.#socket.addEventListener("open", () => this.#open());
    this.#socket.addEventListener("close", () => {
      for (const { listener } of this.#runs) listener.onState("connecting");
    });
    this.#socket.addEventListener("message", ({ data }) => {
      const frame: ServerFrame = JSON.parse(String(data));
      this.#receive(frame);
    });
  }

  ask(prompt: string, listener: AnswerListener): Answer {
    const key = crypto.randomUUID();
    const opened = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    const start = encodeFrame({ type: "start", key, input: { messages: [onlyMessage(prompt)] } });
    this.#runs.add({
      key,
      start,
      listener,
      opened: opened.resolve,
      ended: ended.resolve,
      fail: ended.reject,
      run: undefined,
      last: undefined,
    });
    if (this.#opened) opened.resolve();
    // Before the socket is open, partysocket keeps it until then.
    this.#socket.send(start);
    return { opened: opened.promise, ended: ended.promise };
  }

  close(): void {
    this.#runs.clear();
    this.#socket.close();
  }

  #open(): void {
    const again = this.#opened;
    this.#opened = true;
    for (const one of this.#runs) {
      one.listener.onState("open");
      one.opened();
      if (!again) continue;
      // A start that was never answered is sent again: its key joins what it began.
      const { run, last } = one;
      this.#socket.send(
        run === undefined ? one.start : encodeFrame({ type: "resume", run, ...(last === undefined ? {} : { after: last }) }),
      );
    }
  }

  #receive(frame: ServerFrame): void {
    if (frame.type === "started") {
      for (const one of this.#runs) if (one.key === frame.key) one.run = frame.run.id;
    } else if (frame.type === "events") {
      const one = [...this.#runs].find(({ run }) => run === frame.run);
      if (one !== undefined) this.#deliver(one, frame);
    } else if (frame.type === "error") {
      const error = new Error(`The agent refused: ${frame.error.message}`);
      for (const one of this.#runs) if (one.run === frame.run || one.key === frame.key) one.fail(error);
    }
  }

  #deliver(one: Following, { id, events }: Extract<ServerFrame, { type: "events" }>): void {
    const first = parseEventId(id);
    if (first === undefined) return one.fail(new Error(`The agent sent an event with the id ${id}.`));
    for (const [index, event] of events.entries()) {
      one.last = `${first.epoch}.${first.seq + index}`;
      if (event.type === "text-delta" && typeof event.delta === "string") one.listener.onText(event.delta);
      if (!isRunEnd(event)) continue;
      this.#runs.delete(one);
      one.ended();
    }
  }
}

export const partysocket: PeerWith<"reader" | "application" | "bundle"> = {
  id: "partysocket",
  label: "partysocket",
  transport: "ws",
  reader: {
    label: "partysocket, JSON.parse",
    connect: ({ url }) => socketReader(() => new ReconnectingWebSocket(`ws://${url.host}${AGENT_PATH}`)),
  },
  application: {
    agent: "ours",
    connect: (url, agent) => new PartySocketApplication(`ws://${url.host}/agents/${AGENT_SEGMENT}/${agent}?v=1`),
  },
  bundle: { label: "partysocket/ws", source: 'export { default } from "partysocket/ws"' },
};
