import { createServer, type ServerResponse } from "node:http";
import { listen } from "@agent-transports/lab/listen";
import { encodeFrame, FLOW_WINDOW_BYTES, HEADER_RUN, PONG_FRAME, type ServerFrame } from "@agent-transports/protocol";
import { WebSocketServer, type RawData, type WebSocket } from "ws";
import { chunkOf, idOf, runInfo, sseText } from "./numbered-events.ts";

export interface Canned {
  /** Before the terminal one. */
  readonly events: number;
  /** In one frame; over SSE each is written alone. */
  readonly perFrame: number;
  /** Of each event's text, in characters. */
  readonly padding: number;
}

export interface CannedServer {
  readonly url: URL;
  close(): Promise<void>;
}

/** What waits in the server for a socket to drain. */
const HIGH_WATER_BYTES = 65_536;

/**
 * A server of one canned run under any id, over both transports, as fast as its reader takes it: this protocol for clients that ask for it
 * (`v=1`), with its acknowledgements, and for others the same `events` frames from the moment that they connect.
 */
export async function startCannedServer(canned: Canned): Promise<CannedServer> {
  const server = createServer((request, response) => {
    const [, run = "canned"] = /\/runs\/([^/]+)\/events/.exec(request.url ?? "") ?? [];
    void stream(response, run, canned);
  });
  const sockets = new WebSocketServer({ server, perMessageDeflate: false });
  sockets.on("connection", (socket, request) => {
    socket.on("error", () => socket.terminate());
    const query = new URL(request.url ?? "/", "http://localhost").searchParams;
    if (query.get("v") === "1") serve(socket, query, canned);
    else void new Sender(socket, canned, "canned", false).send();
  });
  const port = await listen(server);
  return {
    url: new URL(`http://127.0.0.1:${port}`),
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets.clients) socket.terminate();
        sockets.close();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function stream(response: ServerResponse, run: string, { events, padding }: Canned): Promise<void> {
  const gone = new Promise<void>((resolve) => response.once("close", resolve));
  response.writeHead(200, { "Content-Type": "text/event-stream; charset=utf-8", [HEADER_RUN]: run });
  response.write(":ok\n\n");
  for (let seq = 1; seq <= events + 1 && !response.destroyed; seq++) {
    if (response.write(sseText(seq, chunkOf(seq, events, padding)))) continue;
    await Promise.race([new Promise<void>((resolve) => response.once("drain", () => resolve())), gone]);
  }
  response.end();
}

/** What a client sends is text, which `ws` gives as one buffer. */
export function textOfMessage(data: RawData): string {
  if (!Buffer.isBuffer(data)) throw new Error("A message came in fragments.");
  return data.toString();
}

/** This protocol: runs that the handshake or a frame asks for. */
function serve(socket: WebSocket, query: URLSearchParams, canned: Canned): void {
  const senders = new Map<string, Sender>();
  const follow = (run: string): void => {
    socket.send(encodeFrame({ type: "resumed", run: runInfo(run, 0), after: null }));
    const sender = new Sender(socket, canned, run, true);
    senders.set(run, sender);
    void sender.send().finally(() => {
      // It may be followed again by now.
      if (senders.get(run) === sender) senders.delete(run);
    });
  };
  socket.send(encodeFrame({ type: "hello", heartbeat: Number(query.get("heartbeat") ?? 15_000) }));
  for (const run of query.getAll("resume")) follow(run);
  socket.on("message", (data) => {
    const frame: { readonly type: string; readonly run: string; readonly id: string } = JSON.parse(textOfMessage(data));
    if (frame.type === "ping") socket.send(PONG_FRAME);
    else if (frame.type === "resume") follow(frame.run);
    else if (frame.type === "ack") senders.get(frame.run)?.acknowledged(frame.id);
    else if (frame.type === "unsubscribe") senders.get(frame.run)?.stop();
  });
}

/** Sends one run on one socket. */
class Sender {
  readonly #socket: WebSocket;
  readonly #canned: Canned;
  readonly #run: string;
  readonly #paced: boolean;
  /** Marked frames that wait for their acknowledgement (PROTOCOL.md §4.4), and what stands after the last of them. */
  #outstanding: { readonly id: string; readonly bytes: number }[] = [];
  #unmarked = 0;
  #queued = 0;
  #stopped = false;
  #go: () => void = () => undefined;

  constructor(socket: WebSocket, canned: Canned, run: string, paced: boolean) {
    this.#socket = socket;
    this.#canned = canned;
    this.#run = run;
    this.#paced = paced;
  }

  async send(): Promise<void> {
    const closed = (): void => this.stop();
    this.#socket.once("close", closed);
    await this.#sendAll();
    // A socket may bring thousands of runs.
    this.#socket.off("close", closed);
  }

  async #sendAll(): Promise<void> {
    const { events, perFrame } = this.#canned;
    for (let seq = 1; seq <= events + 1; seq += perFrame) {
      this.#frame(seq, Math.min(seq + perFrame - 1, events + 1));
      // What is sent to a closing socket fails at once: the loop would go through the whole run before anyone heard that it closed.
      if (this.#socket.readyState !== this.#socket.OPEN) return;
      while (!this.#stopped && !this.#mayGoOn) await new Promise<void>((resolve) => (this.#go = resolve));
      if (this.#stopped) return;
    }
  }

  acknowledged(id: string): void {
    this.#outstanding = this.#outstanding.slice(this.#outstanding.findIndex((marked) => marked.id === id) + 1);
    this.#go();
  }

  stop(): void {
    this.#stopped = true;
    this.#go();
  }

  get #mayGoOn(): boolean {
    const unacknowledged = this.#outstanding.reduce((sum, { bytes }) => sum + bytes, this.#unmarked);
    return this.#queued < HIGH_WATER_BYTES && !(this.#paced && unacknowledged >= FLOW_WINDOW_BYTES);
  }

  #frame(from: number, to: number): void {
    const { events, padding } = this.#canned;
    const chunks = Array.from({ length: to - from + 1 }, (_, index) => chunkOf(from + index, events, padding));
    const frame: ServerFrame = { type: "events", run: this.#run, id: idOf(from), events: chunks };
    const text = encodeFrame(frame);
    this.#unmarked += text.length;
    const marked = this.#unmarked >= FLOW_WINDOW_BYTES / 2;
    if (marked) {
      this.#outstanding.push({ id: idOf(to), bytes: this.#unmarked });
      this.#unmarked = 0;
    }
    const sent = marked ? encodeFrame({ ...frame, ack: true }) : text;
    this.#queued += sent.length;
    this.#socket.send(sent, () => {
      this.#queued -= sent.length;
      this.#go();
    });
  }
}
