import { createServer, connect, type Socket } from "node:net";
import { listen, portOf } from "../listen.ts";
import type { Side } from "../network/index.ts";
import { Pipe, type Shape } from "./pipe.ts";

/** `up` is from the client to the server. */
export type Direction = "up" | "down";

/** One connection that went through the proxy, open or over. Stamps are `performance.now()`. */
export interface ProxyConnection {
  readonly id: number;
  readonly openedAt: number;
  readonly closedAt: number | undefined;
  readonly bytesUp: number;
  readonly bytesDown: number;
  /** RST, to both sides. */
  reset(): void;
}

/** A fault that was made, when, and on how many connections. What waits for a connection, such as a refusal, is noted when it has struck one. */
export interface ProxyFault {
  readonly at: number;
  readonly kind: string;
  readonly connections: number;
}

export interface Latency {
  readonly upMs?: number;
  readonly downMs?: number;
  /** Until a new connection carries anything up: what the handshakes of TCP and TLS take on a network. */
  readonly openMs?: number;
  /** Up to so much more, at random; order is kept all the same. */
  readonly jitterMs?: number;
  readonly random?: () => number;
}

/**
 * A TCP proxy that makes the faults of networks. Its limit: the kernel still acknowledges what is stalled or dropped, so TCP's own
 * keep-alive never notices.
 */
export interface FaultProxy {
  readonly url: URL;
  readonly connections: readonly ProxyConnection[];
  /** How many are open now. */
  readonly open: number;
  readonly faults: readonly ProxyFault[];
  /** RST on every open connection. */
  reset(): ProxyFault;
  /** FIN towards the side that this direction leads to. */
  closeClean(direction: Direction): ProxyFault;
  /** Reads no more in this direction, on what is open and what comes, until {@link FaultProxy.heal}. */
  stall(direction: Direction): ProxyFault;
  /** Reads and discards: a half-open connection. */
  drop(direction: Direction): ProxyFault;
  /** The open connections carry nothing more, in either direction and for good, and neither side is told; new ones are not touched. */
  halfOpen(): ProxyFault;
  /** Ends `stall` and `drop`. */
  heal(): void;
  /** The next so many connections are reset as they come. */
  refuse(times: number): void;
  /** The next so many connections are accepted, and nothing is ever said on them. */
  silent(times: number): void;
  /** The next so many connections get this HTTP response to their first request, and are closed: what a gateway says that has lost its server. */
  answer(times: number, response: string): void;
  setLatency(latency: Latency): void;
  /** Of both directions, or of one. */
  setBandwidth(bytesPerSecond: number | undefined, direction?: Direction): void;
  /** No write is larger. */
  setSlice(bytes: number | undefined): void;
  /** Resets the next connection after so many bytes in this direction, or closes it cleanly there: FIN to where the direction leads. */
  cutAfter(direction: Direction, bytes: number, how?: "reset" | "close"): void;
  close(): Promise<void>;
}

interface Live {
  readonly record: { -readonly [Key in keyof ProxyConnection]: ProxyConnection[Key] };
  readonly client: Socket;
  readonly server: Socket;
  readonly pipes: Readonly<Record<Direction, Pipe>>;
}

/**
 * @param target the server's URL; its host and port are what counts
 * @param listensOn a port on loopback, by default one that is free; or a side of a network, on which its clients are to find it, and its server need not be
 */
export async function startProxy(target: URL, listensOn: number | Pick<Side, "inside" | "address"> = 0): Promise<FaultProxy> {
  const connections: ProxyConnection[] = [];
  const live = new Set<Live>();
  const faults: ProxyFault[] = [];
  const shapes: Record<Direction, Shape> = { up: {}, down: {} };
  let refuse = 0;
  let silent = 0;
  let answers = { times: 0, response: "" };

  const note = (kind: string, connections = 1): ProxyFault => {
    const made = { at: performance.now(), kind, connections };
    faults.push(made);
    return made;
  };

  const listener = createServer({ allowHalfOpen: true }, (client) => {
    client.on("error", ignore);
    if (refuse > 0) {
      refuse -= 1;
      note("refused");
      abort(client);
      return;
    }
    if (answers.times > 0) {
      answers.times -= 1;
      answerOnce(client, answers.response);
      return;
    }
    if (silent > 0) {
      silent -= 1;
      note("silent");
      client.resume();
      mute.add(client);
      client.once("close", () => mute.delete(client));
      return;
    }
    accept(client);
  });
  const mute = new Set<Socket>();

  function answerOnce(client: Socket, response: string): void {
    mute.add(client);
    client.once("close", () => mute.delete(client));
    client.once("data", () => {
      note("answered");
      client.end(response);
      client.resume();
    });
    client.once("end", () => client.end());
  }

  function accept(client: Socket): void {
    const server = connect({ host: target.hostname, port: Number(target.port || 80), allowHalfOpen: true });
    client.setNoDelay(true);
    server.setNoDelay(true);
    const record: Live["record"] = {
      id: connections.length,
      openedAt: performance.now(),
      closedAt: undefined,
      bytesUp: 0,
      bytesDown: 0,
      reset: () => reset(one),
    };
    const pipes = {
      up: new Pipe(
        client,
        server,
        shapes.up,
        (bytes) => (record.bytesUp += bytes),
        () => cut(one, "up"),
      ),
      down: new Pipe(
        server,
        client,
        shapes.down,
        (bytes) => (record.bytesDown += bytes),
        () => cut(one, "down"),
      ),
    };
    const one: Live = { record, client, server, pipes };
    connections.push(record);
    live.add(one);
    const ended = (): void => {
      if (!client.destroyed || !server.destroyed) return;
      record.closedAt ??= performance.now();
      live.delete(one);
    };
    // What one side does to the connection, the other is told.
    client.on("close", (broken) => {
      if (broken || !client.readableEnded) server.destroy();
      ended();
    });
    server.on("error", () => abort(client));
    client.on("error", () => abort(server));
    server.on("close", () => {
      if (!server.readableEnded) client.destroy();
      ended();
    });
  }

  function reset({ client, server, pipes }: Live): void {
    pipes.up.stop();
    pipes.down.stop();
    abort(client);
    abort(server);
  }

  function cut(one: Live, direction: Direction): void {
    note(`cut ${direction}`);
    if (one.pipes[direction].cutsCleanly) one.pipes[direction].end();
    else reset(one);
  }

  function fault(kind: string, act: (one: Live) => void): ProxyFault {
    const made = note(kind, live.size);
    for (const one of live) act(one);
    return made;
  }

  const host = typeof listensOn === "number" ? "127.0.0.1" : listensOn.address;
  const port = typeof listensOn === "number" ? await listen(listener, listensOn) : listensOn.inside(() => portOf(listener.listen(0)));

  return {
    url: new URL(`http://${host}:${port}`),
    connections,
    get open() {
      return live.size;
    },
    faults,
    reset: () => fault("reset", reset),
    closeClean: (direction) => fault(`clean close ${direction}`, ({ pipes }) => pipes[direction].end()),
    stall: (direction) => {
      shapes[direction].mode = "stall";
      return fault(`stall ${direction}`, ({ pipes }) => pipes[direction].update());
    },
    drop: (direction) => {
      shapes[direction].mode = "drop";
      return fault(`drop ${direction}`, ({ pipes }) => pipes[direction].update());
    },
    halfOpen: () =>
      fault("half-open", ({ pipes }) => {
        pipes.up.stop();
        pipes.down.stop();
      }),
    heal() {
      for (const direction of ["up", "down"] as const) {
        delete shapes[direction].mode;
        for (const { pipes } of live) pipes[direction].update();
      }
    },
    refuse: (times) => void (refuse = times),
    silent: (times) => void (silent = times),
    answer: (times, response) => void (answers = { times, response }),
    setLatency({ upMs = 0, downMs = 0, openMs = 0, jitterMs = 0, random = Math.random }) {
      shapes.up.openMs = openMs;
      shapes.up.delayMs = () => upMs + jitterMs * random();
      shapes.down.delayMs = () => downMs + jitterMs * random();
    },
    setBandwidth(bytesPerSecond, direction) {
      for (const shape of direction === undefined ? Object.values(shapes) : [shapes[direction]]) shape.bytesPerSecond = bytesPerSecond;
    },
    setSlice(bytes) {
      for (const shape of Object.values(shapes)) shape.sliceBytes = bytes;
    },
    cutAfter(direction, bytes, how = "reset") {
      shapes[direction].cutAfterBytes = bytes;
      shapes[direction].cutsCleanly = how === "close";
    },
    close: () =>
      new Promise((resolve) => {
        listener.close(() => resolve());
        for (const one of live) reset(one);
        for (const socket of mute) socket.destroy();
      }),
  };
}

/**
 * RST, behind a FIN that is just being sent. libuv refuses to reset a socket in that turn of the loop (EINVAL), and Node 24 has let go of the
 * handle by then: its descriptor would stay open for good.
 */
function abort(socket: Socket): void {
  if (socket.writableEnded && !socket.writableFinished && socket.writableLength === 0)
    socket.once("finish", () => socket.resetAndDestroy());
  else socket.resetAndDestroy();
}

/** A proxied peer's resets are what is tested; each socket's "close" is what is acted on. */
function ignore(): void {}
