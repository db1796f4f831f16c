import { createServer, Socket } from "node:net";
import { listen } from "./listen.ts";

/** So much may be on its way in one direction. Beyond it the sender waits, so that a slow reader is still felt at the other end. */
const ON_THE_WAY_MAX_BYTES = 1_048_576;

export interface Relay {
  /** Stands for the target's URL. */
  readonly url: URL;
  close(): Promise<void>;
}

/** A distance between a client and a server on loopback: every byte, FIN and RST arrives so many milliseconds later, in order, each way. */
export async function startRelay(target: URL, delayMs: number): Promise<Relay> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = new Socket({ allowHalfOpen: true }).connect(Number(target.port), target.hostname);
    for (const socket of [near, far]) {
      sockets.add(socket.setNoDelay(true));
      socket.once("close", () => sockets.delete(socket));
    }
    carry(near, far, delayMs);
    carry(far, near, delayMs);
  });
  const url = await listen(server);
  return {
    url,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

/** One direction. */
function carry(from: Socket, to: Socket, delayMs: number): void {
  /** What is on its way, the first to arrive first. */
  const queue: { readonly dueAt: number; readonly bytes: number; readonly arrive: () => unknown }[] = [];
  let bytesOnTheWay = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let full = false;

  const depart = (bytes: number, arrive: () => unknown): void => {
    queue.push({ dueAt: performance.now() + delayMs, bytes, arrive });
    bytesOnTheWay += bytes;
    timer ??= setTimeout(deliver, delayMs);
    flow();
  };
  const deliver = (): void => {
    timer = undefined;
    for (let first = queue[0]; first !== undefined && !full; first = queue[0]) {
      const waitMs = first.dueAt - performance.now();
      if (waitMs > 0) {
        timer = setTimeout(deliver, Math.ceil(waitMs));
        break;
      }
      queue.shift();
      bytesOnTheWay -= first.bytes;
      full = first.arrive() === false;
    }
    flow();
  };
  const flow = (): void => {
    if (bytesOnTheWay < ON_THE_WAY_MAX_BYTES) from.resume();
    else from.pause();
  };
  to.on("drain", () => {
    full = false;
    if (timer === undefined) deliver();
  });
  from.on("data", (data) => depart(data.length, () => to.write(data)));
  from.on("end", () => depart(0, () => to.end()));
  from.on("error", () => depart(0, () => to.resetAndDestroy()));
  // A socket that ended of itself has no more to say: the other one is ended, and closes by its own end.
  from.on("close", (failed) => void (failed || depart(0, () => to.end())));
}
