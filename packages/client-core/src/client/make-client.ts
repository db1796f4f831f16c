import type { ChunkLike } from "@agent-transports/protocol";
import { abortedError, asTransportError, invalid } from "../errors/failures.ts";
import type { TransportError } from "../errors/transport-error.ts";
import type {
  ClientOptions,
  ConnectOptions,
  RestoreOptions,
  ResumeOptions,
  Run,
  StartOptions,
  TransportClient,
} from "../interface/client.ts";
import type { Driver } from "../run/driver.ts";
import { FollowedRun } from "../run/followed-run.ts";
import { startOf, type Start } from "../run/input.ts";
import { GuardedStorage } from "../storage/guarded-storage.ts";
import { readSaved, SavedRun } from "../storage/saved-run.ts";
import { Opening } from "./opening.ts";
import type { Settings } from "./options.ts";
import { cursorOf, runIdOf } from "./resume-target.ts";

/** An application that wants connections to be quick says nothing of how quick answers are. */
const INPUT_GRACE_MIN_MS = 1_000;

/** What a run is to be, as far as it could be understood. */
interface Target {
  readonly id?: string;
  readonly after?: string | undefined;
  readonly start?: Start;
  readonly invalid?: TransportError;
}

type FollowOptions = Pick<StartOptions, "signal" | "saveAs">;

/** What a transport is to the client that both are. */
export interface Transport {
  readonly name: "sse" | "ws";
  readonly settings: Settings;
  /** @param start absent for a run that exists */
  drive<Chunk extends ChunkLike>(run: FollowedRun<Chunk>, start: Start | undefined): Driver;
  /** Opens a connection that a run can use. @param signal fires when nobody waits for it any longer; its reason is a TransportError */
  connect(signal: AbortSignal): Promise<void>;
  close(error: TransportError): void;
}

/** The client of either transport: it makes the runs, remembers them, and ends them with itself. */
export function makeClient<Default extends ChunkLike>(transport: Transport, options: ClientOptions): TransportClient<Default> {
  const { settings } = transport;
  const { signal, dataSchemas } = options;
  const runs = new Set<Pick<FollowedRun, "abort">>();
  const { host, pathname } = settings.base;
  const storage = new GuardedStorage(options.storage, `run:${host}${pathname}`, settings.report);
  const saving = new Map<string, SavedRun>();
  const opening = new Opening((signal) => transport.connect(signal));
  let closed: TransportError | undefined;

  /** @param read what is wrong fails the run, as whatever goes wrong later: an application has one place for both */
  function follow<Chunk extends ChunkLike>({ signal, saveAs }: FollowOptions, read: () => Target): Run<Chunk> {
    let target: Target;
    let saved: SavedRun | undefined;
    try {
      target = read();
      if (saveAs !== undefined) {
        checkName(saveAs);
        if (closed === undefined) saved = new SavedRun(storage, saveAs, saving);
      }
    } catch (error) {
      target = { invalid: asTransportError(error) };
    }
    const { start, ...rest } = target;
    const run: FollowedRun<Chunk> = new FollowedRun<Chunk>((run) => transport.drive(run, start), {
      ...rest,
      signal,
      saved,
      dataSchemas,
      maxPendingInputs: settings.maxPendingInputs,
      inputGraceMs: Math.max(INPUT_GRACE_MIN_MS, settings.connectTimeoutMs),
      closed: () => closed,
      onStop: () => runs.delete(run),
    });
    if (closed !== undefined) run.abort(closed);
    else {
      runs.add(run);
      if (start !== undefined) saved?.put(start);
      // After whatever was found wrong, and after the caller could add its listeners.
      queueMicrotask(() => run.begin());
    }
    return run;
  }

  function start<Chunk extends ChunkLike = Default>(input: unknown, options: StartOptions = {}): Run<Chunk> {
    return follow(options, () => ({ start: startOf(input, options) }));
  }

  function resume<Chunk extends ChunkLike = Default>(id: string, options: ResumeOptions = {}): Run<Chunk> {
    return follow(options, () => ({ id: runIdOf(id), after: cursorOf(options) }));
  }

  function close(reason: unknown = "The client was closed."): void {
    if (closed !== undefined) return;
    closed = abortedError(reason);
    for (const run of runs) run.abort(closed);
    opening.close(closed);
    transport.close(closed);
    signal?.removeEventListener("abort", closeBySignal);
  }

  const closeBySignal = (): void => close(signal?.reason);
  if (signal?.aborted === true) closeBySignal();
  else signal?.addEventListener("abort", closeBySignal);

  return {
    transport: transport.name,
    start,
    resume,
    async restore<Chunk extends ChunkLike = Default>(saveAs: string, options: RestoreOptions = {}): Promise<Run<Chunk> | undefined> {
      checkName(saveAs);
      const saved = await readSaved(storage, saveAs);
      if (saved === undefined) return undefined;
      if ("key" in saved) return start<Chunk>(saved.input, { ...options, saveAs, key: saved.key });
      return resume<Chunk>(saved.run, { ...options, saveAs, after: options.fromStart === true ? undefined : saved.after });
    },
    connect: (options: ConnectOptions = {}): Promise<void> => opening.join(options.signal),
    close: () => close(),
    [Symbol.dispose]: () => close(),
  };
}

/** @throws TransportError `invalid_option` */
function checkName(saveAs: unknown): void {
  if (typeof saveAs !== "string") throw invalid("saveAs", saveAs, "a string");
}
