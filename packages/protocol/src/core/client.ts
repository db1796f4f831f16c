import type { ChunkLike } from "../chunks.ts";
import type { ClientOptions, RestoreOptions, ResumeOptions, Run, StartOptions, TransportClient } from "../client.ts";
import type { TransportError } from "../errors.ts";
import type { RunInput } from "../run.ts";
import { abortedError, FollowedRun, type Driver } from "./followed-run.ts";
import { startKey, type Settings } from "./options.ts";
import { readSaved, SavedRun } from "./saved-run.ts";
import { GuardedStorage } from "./storage.ts";

/** What begins a run. */
export interface Start {
  readonly key: string;
  readonly input: RunInput;
}

/** What a transport is to the client that both are. */
export interface Transport {
  readonly name: "sse" | "ws";
  readonly settings: Settings;
  /** @param start absent for a run that exists */
  drive<Chunk extends ChunkLike>(run: FollowedRun<Chunk>, start: Start | undefined): Driver;
  close(error: TransportError): void;
}

/** The client of either transport: it makes the runs, remembers them, and ends them with itself. */
export function makeClient<Default extends ChunkLike>(transport: Transport, options: ClientOptions): TransportClient<Default> {
  const { settings } = transport;
  const { signal, dataSchemas } = options;
  const runs = new Set<Pick<FollowedRun, "abort">>();
  const storage = new GuardedStorage(options.storage, `run:${settings.base.pathname}`, settings.report);
  let closed: TransportError | undefined;

  function follow<Chunk extends ChunkLike>(options: ResumeOptions & { readonly id?: string }, start?: Start): Run<Chunk> {
    const { saveAs } = options;
    const saved = saveAs === undefined ? undefined : new SavedRun(storage, saveAs);
    const run: FollowedRun<Chunk> = new FollowedRun<Chunk>((run) => transport.drive(run, start), {
      ...options,
      saved,
      dataSchemas,
      maxPendingInputs: settings.maxPendingInputs,
      onStop: () => runs.delete(run),
    });
    if (closed !== undefined) run.abort(closed);
    else {
      runs.add(run);
      if (start !== undefined) saved?.put(start);
      // After whatever the constructor found wrong, and after the caller could add its listeners.
      queueMicrotask(() => run.begin());
    }
    return run;
  }

  function close(reason: unknown = "The client was closed."): void {
    if (closed !== undefined) return;
    closed = abortedError(reason);
    for (const run of runs) run.abort(closed);
    transport.close(closed);
    signal?.removeEventListener("abort", closeBySignal);
  }

  const closeBySignal = (): void => close(signal?.reason);
  if (signal?.aborted === true) closeBySignal();
  else signal?.addEventListener("abort", closeBySignal);

  return {
    transport: transport.name,
    start: <Chunk extends ChunkLike = Default>(input: RunInput, options: StartOptions = {}): Run<Chunk> =>
      follow<Chunk>(options, { key: startKey(options), input }),
    resume: <Chunk extends ChunkLike = Default>(id: string, options: ResumeOptions = {}): Run<Chunk> => follow<Chunk>({ ...options, id }),
    async restore<Chunk extends ChunkLike = Default>(saveAs: string, options: RestoreOptions = {}): Promise<Run<Chunk> | undefined> {
      const saved = await readSaved(storage, saveAs);
      const { fromStart = false, ...rest } = options;
      if (saved === undefined) return undefined;
      if ("key" in saved) return follow<Chunk>({ ...rest, saveAs }, saved);
      return follow<Chunk>({ ...rest, saveAs, id: saved.run, after: fromStart ? undefined : saved.after });
    },
    close: () => close(),
    [Symbol.dispose]: () => close(),
  };
}
