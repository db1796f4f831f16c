import type { FaultProxy } from "@agent-transports/lab/proxy";
import type { LiveServer } from "./live-server.ts";

/** How long a server is away that is started again. */
const DOWN_MS = 1_000;
/** Who is not back by then is not waited for. */
export const BACK_WITHIN_MS = 60_000;

/** What happens to a connection, as data. */
export interface ConnectionFault {
  readonly id: string;
  readonly title: string;
  /** Most of it is waiting for a minute: its arms wait together. */
  readonly together?: boolean;
  /** @returns the newest event that may have come before it */
  make(server: LiveServer, proxy: FaultProxy): Promise<number> | number;
  /** What is to be done afterwards, while the client tries to come back. */
  mend?(server: LiveServer): Promise<void>;
}

export const connectionFaults: readonly ConnectionFault[] = [
  {
    id: "back-reset",
    title: "back after a reset (RST)",
    make(server, proxy) {
      proxy.reset();
      return server.tail;
    },
  },
  {
    id: "back-close",
    title: "back after a clean close (end of the response, close code 1001)",
    make: (server) => server.closeConnections(),
  },
  {
    id: "back-restart",
    title: `back after the server's restart (SIGKILL, ${DOWN_MS / 1000} s away)`,
    async make(server) {
      await server.kill();
      return server.tail;
    },
    async mend(server) {
      await new Promise((resolve) => setTimeout(resolve, DOWN_MS));
      await server.revive();
    },
  },
  {
    id: "back-half-open",
    title: `back after a peer fell silent without a word, within ${BACK_WITHIN_MS / 1000} s`,
    together: true,
    make(server, proxy) {
      proxy.halfOpen();
      return server.tail;
    },
  },
];
