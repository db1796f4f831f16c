/** Stands where the Worker does, and tells what reaches it. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { WebSocketServer } from "ws";
import { listen } from "../../src/listen.ts";

export const BINARY = Buffer.alloc(
  1_000_000,
  Uint8Array.from({ length: 251 }, (_, index) => index),
);

export interface Upstream extends AsyncDisposable {
  readonly target: URL;
  /** What has been asked, in order. */
  readonly requests: readonly IncomingMessage[];
  /** The event streams that are open, in order: each has said its first event. */
  readonly streams: ReadonlySet<ServerResponse>;
  /** Until no event stream is open. */
  quiet(): Promise<void>;
}

/** `/events` is an event stream that goes on when it is told to, `/input` says what it was sent, `/binary` is a megabyte; a WebSocket is an echo. */
export async function startUpstream(): Promise<Upstream> {
  const requests: IncomingMessage[] = [];
  const streams = new Set<ServerResponse>();
  const server = createServer(async (request, response) => {
    requests.push(request);
    switch (request.url) {
      case "/events":
        streams.add(response);
        response.once("close", () => streams.delete(response));
        response.writeHead(200, { "Content-Type": "text/event-stream" });
        response.write("data: 1\n\n");
        break;
      case "/binary":
        response.end(BINARY);
        break;
      default:
        response.end(await text(request));
    }
  });
  const sockets = new WebSocketServer({ server, perMessageDeflate: true });
  sockets.on("connection", (socket, request) => {
    requests.push(request);
    socket.on("message", (data, binary) => socket.send(data, { binary }));
  });
  const target = new URL(`http://127.0.0.1:${await listen(server)}`);
  return {
    target,
    requests,
    streams,
    async quiet() {
      await Promise.all(Array.from(streams, (stream) => once(stream, "close")));
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      server.close();
      server.closeAllConnections();
    },
  };
}
