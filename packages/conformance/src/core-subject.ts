import type { CoreClient, CoreOptions, CoreRun, Run, RunEvent, StateChange, TransportClient } from "@agent-transports/client-core";
import type { ChunkLike } from "@agent-transports/protocol";
import type { Subject, SubjectOptions } from "./cases/index.ts";

/** A small client (an entry `./core`) under test. */
export interface CoreSubject {
  readonly transport: "sse" | "ws";
  readonly create: (options: CoreOptions & Pick<SubjectOptions, "fetch">) => CoreClient;
}

/** The same for the cases, which know the whole interface. What a small client does not have, no case of its calls: see `needs` of a case. */
export function subjectOfCore({ transport, create }: CoreSubject): Subject {
  return { transport, isSmall: true, create: (options) => wholeOf(transport, create(options)) };
}

function wholeOf(transport: "sse" | "ws", client: CoreClient): TransportClient {
  return {
    transport,
    start: <Chunk extends ChunkLike>(...[input, options]: Parameters<TransportClient["start"]>): Run<Chunk> =>
      runOf((onStateChange) => client.start<Chunk>(input, { ...options, onStateChange })),
    resume: <Chunk extends ChunkLike>(...[id, options]: Parameters<TransportClient["resume"]>): Run<Chunk> =>
      runOf((onStateChange) => client.resume<Chunk>(id, { ...options, onStateChange })),
    restore: absent("restore"),
    connect: absent("connect"),
    close: () => client.close(),
    [Symbol.dispose]: () => client.close(),
  };
}

function runOf<Chunk extends ChunkLike>(begin: (onStateChange: (change: StateChange) => void) => CoreRun<Chunk>): Run<Chunk> {
  const listeners = new Set<(change: StateChange) => void>();
  const run = begin((change) => listeners.forEach((listener) => listener(change)));
  return {
    started: run.started,
    get id() {
      return run.id;
    },
    get lastEventId() {
      return run.lastEventId;
    },
    get connection() {
      return run.connection;
    },
    get end() {
      return run.end;
    },
    lastHeardAt: undefined,
    close: () => run.close(),
    onStateChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    [Symbol.asyncIterator]: (): AsyncIterator<RunEvent<Chunk>> => run[Symbol.asyncIterator](),
    batches: absent("batches"),
    send: absent("send"),
    cancel: absent("cancel"),
    toReadableStream: absent("toReadableStream"),
  };
}

function absent(name: string): () => never {
  return () => {
    throw new Error(`${name}: a small client does not have it, so this case is not for one.`);
  };
}
