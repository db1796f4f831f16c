import { connect, type LookupFunction, type Socket } from "node:net";
import { Agent } from "undici";
import { fetchThrough, webSocketThrough } from "../through.ts";
import type { Side } from "./side.ts";

/** What clients of this process are given, so that their connections begin on a side, while the thread stays where it is. */
export interface SideConnections {
  /** For `createSseClient`. */
  readonly fetch: typeof fetch;
  /** For `createWsClient`. */
  readonly WebSocket: typeof WebSocket;
  /** Cuts them, also those whose other end is silent: Node's own WebSocket would wait for it to say goodbye. */
  close(): Promise<void>;
}

/** Of HTTP without TLS, whatever the name in a URL. As in a browser, `fetch` and `WebSocket` share no connection. */
export function sideConnections(from: Pick<Side, "inside">, to: Pick<Side, "address">): SideConnections {
  const open = new Set<Socket>();
  // Node makes the socket, and begins to connect it, within the call that tells it the address.
  const lookup: LookupFunction = (_name, { all }, done) =>
    from.inside(() => (all === true ? done(null, [{ address: to.address, family: 4 }]) : done(null, to.address, 4)));
  const agent = (): Agent =>
    new Agent({
      connect({ hostname, port }, done) {
        const socket = connect({ host: hostname, port: Number(port), lookup });
        open.add(socket);
        const failed = (error: Error): void => done(error, null);
        socket.once("error", failed);
        socket.once("connect", () => {
          socket.off("error", failed);
          done(null, socket);
        });
        socket.once("close", () => open.delete(socket));
      },
    });
  const [requests, sockets] = [agent(), agent()];
  return {
    fetch: fetchThrough(requests),
    WebSocket: webSocketThrough(sockets),
    async close() {
      await Promise.all([requests.destroy(), sockets.destroy()]);
      for (const socket of open) socket.destroy();
    },
  };
}
