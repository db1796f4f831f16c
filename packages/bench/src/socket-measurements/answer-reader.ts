import { once } from "node:events";
import { Agent, request, type IncomingMessage } from "node:http";
import { createGunzip } from "node:zlib";
import type { ServerFrame } from "@agent-transports/protocol";
import { createParser } from "eventsource-parser";
import { WebSocket } from "ws";
import type { SocketArm } from "./socket-arms.ts";

/** A client that hangs has failed: nothing waits forever. */
const LIMIT_MS = 120_000;

/** What was read of a run: its id, and the text of its answer. */
export interface AnswerRead {
  readonly run: string;
  readonly text: string;
}

/** One client of one agent, as bare as it can be: what a library does is not the question here. */
export interface AnswerReader extends Disposable {
  ask(prompt: string): Promise<AnswerRead>;
  replay(run: string): Promise<AnswerRead>;
  /** Something small goes up and comes down, compressed where that was agreed. */
  exchange(): Promise<void>;
}

/** @param base the agent's URL */
export function openReader(arm: SocketArm, base: URL): Promise<AnswerReader> {
  return arm.over === "sse" ? Promise.resolve(new EventStreamReader(base, arm.nginx !== undefined)) : SocketReader.open(base, arm);
}

interface Event {
  readonly type: string;
  readonly delta?: string;
}

/** A request for each run, on one connection that is kept alive. */
class EventStreamReader implements AnswerReader {
  readonly #agent: Agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #base: URL;
  readonly #gzip: boolean;

  constructor(base: URL, gzip: boolean) {
    this.#base = base;
    this.#gzip = gzip;
  }

  ask(prompt: string): Promise<AnswerRead> {
    return this.#read("POST", "/runs", JSON.stringify({ prompt }));
  }

  replay(run: string): Promise<AnswerRead> {
    return this.#read("GET", `/runs/${run}/events`, undefined);
  }

  async exchange(): Promise<void> {
    (await this.#request("GET", "", undefined)).resume();
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  async #read(method: string, path: string, body: string | undefined): Promise<AnswerRead> {
    const response = await this.#request(method, path, body);
    if (this.#gzip !== (response.headers["content-encoding"] === "gzip"))
      throw new Error(`The event stream's encoding is ${response.headers["content-encoding"]}.`);
    let text = "";
    let ended = false;
    const parser = createParser({
      onEvent({ data }) {
        const event: Event = JSON.parse(data);
        text += event.delta ?? "";
        ended ||= event.type === "data-run-end";
      },
    });
    const decoder = new TextDecoder();
    for await (const bytes of this.#gzip ? response.pipe(createGunzip()) : response) parser.feed(decoder.decode(bytes, { stream: true }));
    if (!ended) throw new Error("The event stream ended before its run.");
    return { run: String(response.headers["agent-run"]), text };
  }

  async #request(method: string, path: string, body: string | undefined): Promise<IncomingMessage> {
    const headers = {
      "Accept-Encoding": this.#gzip ? "gzip" : "identity",
      Accept: "text/event-stream",
      ...(body && { "Content-Type": "application/json" }),
    };
    const sent = request(this.#base.href + path, { method, headers, agent: this.#agent, signal: AbortSignal.timeout(LIMIT_MS) });
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      sent.on("response", resolve);
      sent.on("error", reject);
      sent.end(body);
    });
    if (response.statusCode !== 200) throw new Error(`The agent answered ${response.statusCode}.`);
    return response;
  }
}

/** One socket for all runs, which offers compression as a browser does: it compresses every message. */
class SocketReader implements AnswerReader {
  readonly #socket: WebSocket;
  #onFrame: (frame: ServerFrame) => void = () => undefined;
  #onClose: (error: Error) => void = () => undefined;
  #asked = 0;

  static async open(base: URL, { noTakeover = false, compress }: SocketArm): Promise<SocketReader> {
    const socket = new WebSocket(`${base.href.replace("http", "ws")}?v=1`, {
      perMessageDeflate: { threshold: 0, clientNoContextTakeover: noTakeover, serverNoContextTakeover: noTakeover },
    });
    await once(socket, "open");
    if ((socket.extensions !== "") !== (compress !== "off")) throw new Error(`The socket's extensions are "${socket.extensions}".`);
    return new SocketReader(socket);
  }

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data: Buffer) => {
      const frame: ServerFrame = JSON.parse(data.toString());
      this.#onFrame(frame);
    });
    socket.on("close", (code: number) => this.#onClose(new Error(`The socket was closed: ${code}.`)));
  }

  ask(prompt: string): Promise<AnswerRead> {
    return this.#read({ type: "start", key: `k${(this.#asked += 1)}`, input: { prompt } });
  }

  replay(run: string): Promise<AnswerRead> {
    return this.#read({ type: "resume", run });
  }

  async exchange(): Promise<void> {
    await this.#until({ type: "ping" }, ({ type }) => type === "pong");
  }

  [Symbol.dispose](): void {
    this.#onClose = () => undefined;
    this.#socket.terminate();
  }

  async #read(frame: object): Promise<AnswerRead> {
    let run = "";
    let text = "";
    await this.#until(frame, (given) => {
      if (given.type === "error") throw new Error(given.error.message);
      if (given.type === "started" || given.type === "resumed") run = given.run.id;
      if (given.type !== "events") return false;
      const events = given.events as readonly Event[];
      for (const event of events) text += event.delta ?? "";
      return events.at(-1)?.type === "data-run-end";
    });
    return { run, text };
  }

  #until(frame: object, isLast: (frame: ServerFrame) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const limit = setTimeout(() => reject(new Error("The agent did not answer.")), LIMIT_MS);
      const settle = (error?: Error): void => {
        clearTimeout(limit);
        this.#onFrame = () => undefined;
        if (error === undefined) resolve();
        else reject(error);
      };
      this.#onClose = settle;
      this.#onFrame = (given) => {
        try {
          if (isLast(given)) settle();
        } catch (error) {
          settle(error instanceof Error ? error : new Error(String(error)));
        }
      };
      this.#socket.send(JSON.stringify(frame));
    });
  }
}
