import type { ClientOptions, CoreClient, CoreRun, CoreRunOptions, StateChange } from "@agent-transports/client-core";
import { createSseClient } from "@agent-transports/sse-client/core";
import { createWsClient } from "@agent-transports/ws-client/core";
import type { TransportName } from "../plan/scenario.ts";
import type { Subject, SubjectRun } from "./subject.ts";

/** The small client of a transport, which only follows runs. */
export function makeCore(transport: TransportName, { onError: _none, signal: _ofRuns, ...options }: ClientOptions): Subject {
  const client: CoreClient = transport === "sse" ? createSseClient(options) : createWsClient(options);
  return {
    start: (input, options) => following((more) => client.start(input, { ...options, ...more })),
    resume: (runId, options) => following((more) => client.resume(runId, { ...options, ...more })),
    close: () => client.close(),
  };
}

/** It tells its states to one listener, which is given beforehand. */
function following(follow: (options: CoreRunOptions) => CoreRun): SubjectRun {
  const listeners = new Set<(change: StateChange) => void>();
  const run = follow({
    onStateChange: (change) => {
      for (const listener of listeners) listener(change);
    },
  });
  return {
    get started() {
      return run.started;
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
    send: nothing,
    cancel: nothing,
    close: () => run.close(),
    onStateChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    [Symbol.asyncIterator]: () => run[Symbol.asyncIterator](),
  };
}

function nothing(): Promise<never> {
  return Promise.reject(new Error("A small client sends nothing. Plan no inputs and no cancel for it."));
}
