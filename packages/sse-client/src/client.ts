import type { ChunkLike, ResumeOptions, Run, RunChunk, RunInput, StartOptions, TransportClient } from "@agent-transports/protocol";
import { abortedError, FollowedRun, startKey } from "@agent-transports/protocol/core";
import { Http } from "./http.ts";
import type { SseClientOptions } from "./options.ts";
import { Subscription } from "./subscription.ts";

/**
 * A client of one agent, over Server-Sent Events. It holds no connection of its own: each followed run has one while it is live.
 *
 * @throws TransportError `invalid_option`
 */
export function createSseClient(options: SseClientOptions): TransportClient {
  const http = new Http(options);
  const lifetime = new AbortController();
  const runs = new Set<Pick<FollowedRun, "abort">>();

  function follow<Chunk extends ChunkLike>(
    id: string | undefined,
    options: ResumeOptions,
    start?: { key: string; input: RunInput },
  ): Run<Chunk> {
    let subscription!: Subscription<Chunk>;
    const run = new FollowedRun<Chunk>(
      (run) => (subscription = new Subscription(run, http, lifetime.signal, start, () => runs.delete(run))),
      id,
      options,
    );
    if (lifetime.signal.aborted) run.abort(lifetime.signal.reason);
    else {
      runs.add(run);
      // After whatever the constructor found wrong, and after the caller could add its listeners.
      queueMicrotask(() => void subscription.follow());
    }
    return run;
  }

  function close(reason?: unknown): void {
    const error = abortedError(reason ?? "The client was closed.");
    lifetime.abort(error);
    for (const run of runs) run.abort(error);
    signal?.removeEventListener("abort", closeBySignal);
  }

  const { signal } = options;
  const closeBySignal = (): void => close(signal?.reason);
  if (signal?.aborted === true) closeBySignal();
  signal?.addEventListener("abort", closeBySignal);

  return {
    transport: "sse",
    start: <Chunk extends ChunkLike = RunChunk>(input: RunInput, options: StartOptions = {}): Run<Chunk> =>
      follow<Chunk>(undefined, options, { key: startKey(options), input }),
    resume: <Chunk extends ChunkLike = RunChunk>(runId: string, options: ResumeOptions = {}): Run<Chunk> => follow<Chunk>(runId, options),
    close: () => close(),
    [Symbol.dispose]: () => close(),
  };
}
