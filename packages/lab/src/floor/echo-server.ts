import { createServer } from "node:http";
import { WebSocketServer } from "ws";
import { listen } from "../listen.ts";

export interface EchoServer {
  readonly url: URL;
  close(): Promise<void>;
}

/** The floor of a round trip: HTTP that answers at once, and a WebSocket that echoes, with no agent and no runtime but Node. */
export async function startEchoServer(): Promise<EchoServer> {
  const server = createServer((request, response) => {
    request.resume();
    request.once("end", () => response.writeHead(202, { "Content-Type": "application/json" }).end('{"id":"floor.1"}'));
  });
  server.keepAliveTimeout = 60_000;
  const sockets = new WebSocketServer({ server, perMessageDeflate: false });
  sockets.on("connection", (socket) => socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary })));
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
