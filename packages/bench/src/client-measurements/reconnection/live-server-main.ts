import { createServer, type ServerResponse } from "node:http";
import { listen } from "@agent-transports/lab/listen";
import { encodeFrame, HEADER_RUN, PING_FRAME, PONG_FRAME, type ServerFrame } from "@agent-transports/protocol";
import { WebSocketServer, type WebSocket } from "ws";
import { textOfMessage } from "../canned-server.ts";
import { chunkOf, idOf, runInfo, seqOfCursor, sseText } from "../numbered-events.ts";
import { liveOptionsSchema, tailOf } from "./live-server.ts";

/** The process that `startLiveServer` starts, kills and starts again. */
const options = liveOptionsSchema.parse(JSON.parse(process.argv[2] ?? ""));
const tail = (): number => tailOf(options);

const closers = new Set<() => void>();

/** Sends each event as it falls due, to one connection. */
function follow(from: number, send: (from: number, to: number) => void): () => void {
  let sent = from;
  const timer = setInterval(() => {
    const last = tail();
    if (last <= sent) return;
    const next = sent + 1;
    sent = last;
    send(next, last);
  }, options.periodMs);
  return () => clearInterval(timer);
}

const server = createServer((request, response) => {
  const url = new URL(request.url ?? "/", "http://localhost");
  const [, run] = /\/runs\/([^/]+)\/events$/.exec(url.pathname) ?? [];
  if (run === undefined) return void response.writeHead(200, { "Content-Type": "text/html", Connection: "close" }).end("<!doctype html>");
  const cursor = request.headers["last-event-id"] ?? url.searchParams.get("after") ?? undefined;
  serveStream(response, run, typeof cursor === "string" ? seqOfCursor(cursor) : 0);
});

function serveStream(response: ServerResponse, run: string, from: number): void {
  response.socket?.setNoDelay(true);
  response.writeHead(200, { "Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store", [HEADER_RUN]: run });
  response.write(":ok\n\n");
  const stop = follow(from, (first, last) => {
    let text = "";
    for (let seq = first; seq <= last; seq++) text += sseText(seq, chunkOf(seq, Number.POSITIVE_INFINITY));
    response.write(text);
  });
  const close = (): void => void response.end();
  closers.add(close);
  response.once("close", () => {
    stop();
    closers.delete(close);
  });
}

const sockets = new WebSocketServer({ server, perMessageDeflate: false });
sockets.on("connection", (socket, request) => {
  const query = new URL(request.url ?? "/", "http://localhost").searchParams;
  const send = (frame: ServerFrame): void => socket.send(encodeFrame(frame));
  if (query.get("v") === "1") send({ type: "hello", heartbeat: Number(query.get("heartbeat") ?? 15_000) });
  // What the Agents SDK says first to its own client.
  else if (query.has("_pk")) socket.send('{"type":"cf_agent_identity","name":"default","agent":"transport-agent"}');
  const resumes = query.getAll("resume").map((resume) => resume.split(":", 2));
  for (const [run = "", cursor] of resumes) {
    send({ type: "resumed", run: runInfo(run, tail()), after: cursor ?? null });
    serveSocket(socket, run, seqOfCursor(cursor));
  }
  // Whoever asks for nothing gets what happens from now on, as from any server that broadcasts.
  if (resumes.length === 0) serveSocket(socket, "live", tail());
  socket.on("error", () => socket.terminate());
  socket.on("message", (data) => {
    if (textOfMessage(data) === PING_FRAME) socket.send(PONG_FRAME);
  });
});

function serveSocket(socket: WebSocket, run: string, from: number): void {
  const stop = follow(from, (first, last) => {
    const events = Array.from({ length: last - first + 1 }, (_, index) => chunkOf(first + index, Number.POSITIVE_INFINITY));
    socket.send(encodeFrame({ type: "events", run, id: idOf(first), events }));
  });
  const close = (): void => socket.close(1001);
  closers.add(close);
  socket.once("close", () => {
    stop();
    closers.delete(close);
  });
}

process.on("message", () => {
  for (const close of closers) close();
  process.send?.({ tail: tail() });
});
process.on("disconnect", () => process.exit(0));

const port = await listen(server, options.port);
process.send?.({ port });
