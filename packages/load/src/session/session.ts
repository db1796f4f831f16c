import type { Run, RunEvent } from "@agent-transports/client-core";
import { isRunEnd, type RunInput } from "@agent-transports/protocol";
import { EventCheck } from "../check/event-check.ts";
import type { MetricName, Transport } from "../metrics/metric-list.ts";
import type { Recorder } from "../metrics/recorder.ts";
import { StepError } from "../script/errors.ts";
import type { EngineOptions, Until } from "../script/steps.ts";
import { ownClient, type OwnClient } from "./clients.ts";
import { Inbox } from "./inbox.ts";

/** Makes a user's client. */
export type MakeClient = typeof ownClient;

/** What a user follows: one run, over any number of connections. */
interface Following {
  readonly run: Run;
  readonly inbox: Inbox;
  /** What has come before the inbox's, and was not read: of the batch that a step has read in part, or from before the user went away. */
  waiting: readonly RunEvent[];
  /** When its last events came. */
  lastAt: number | undefined;
  /** Since when the next event is waited for after a resume or a lost connection; `undefined` otherwise. */
  backSince: number | undefined;
}

/** A run from its start to its end, with what a user has seen of it. */
interface Progress {
  readonly startedAt: number;
  readonly check: EventCheck;
  readonly limit: AbortSignal;
  /** An event of it has come. */
  answered: boolean;
  /** The last event that a step has read. */
  lastSeen: string | undefined;
  cancelled: boolean;
  ended: boolean;
  /** Its events came to their end, and the terminal event was not among them. */
  endMissing: boolean;
}

/** One user: it asks, reads, goes away and comes back, and tells the recorder how long each took. */
export class Session {
  readonly #options: EngineOptions;
  readonly #record: Recorder;
  readonly #agentName: string;
  readonly #makeClient: MakeClient;
  #transport: Transport;
  #own: OwnClient | undefined;
  #connected = false;
  #following: Following | undefined;
  /** What the client had no other way to tell: that no agent has ever answered it. */
  #told: Error | undefined;
  #progress: Progress | undefined;

  constructor(transport: Transport, agentName: string, options: EngineOptions, record: Recorder, makeClient: MakeClient = ownClient) {
    this.#transport = transport;
    this.#agentName = agentName;
    this.#options = options;
    this.#record = record;
    this.#makeClient = makeClient;
  }

  /** Opens a connection, within the time that a run may take. @throws StepError, and TransportError of the client */
  async connect(): Promise<void> {
    const since = performance.now();
    const limit = AbortSignal.timeout(this.#options.runLimitMs);
    try {
      await this.#client().client.connect({ signal: limit });
    } catch (error) {
      if (!limit.aborted) throw error;
      const late = `The connection was not open within runLimitMs: ${this.#options.runLimitMs} ms.`;
      throw this.#told ?? new StepError("connect_limit", late, { cause: error });
    }
    this.#firstConnection(since);
  }

  /** Begins a run. Whether the agent has taken it is seen when it is read. */
  start(input: RunInput): void {
    // The order of the steps was checked before the first user.
    if (this.#progress !== undefined) throw new TypeError("A run is followed already, and would not be counted.");
    const startedAt = performance.now();
    const limit = AbortSignal.timeout(this.#options.runLimitMs);
    this.#count("runs_started");
    const progress: Progress = {
      startedAt,
      check: new EventCheck(),
      limit,
      answered: false,
      lastSeen: undefined,
      cancelled: false,
      ended: false,
      endMissing: false,
    };
    this.#progress = progress;
    this.#follow(this.#client().client.start(input, { signal: limit }), progress, { since: startedAt });
  }

  /** Reads until the end, an event of a type, or a number of events. @throws StepError, and TransportError of the client */
  async read(until: Until): Promise<void> {
    const [following, progress] = this.#current();
    await this.#readUntil(until, following, progress);
    if (!progress.ended) return;
    this.#finish(following, progress);
    if (until.kind !== "end") throw new StepError("run_ended_early", "The run ended before the event that the step waited for.");
  }

  async send(data: unknown): Promise<void> {
    const since = performance.now();
    await this.#current()[0].run.send(data);
    this.#time("input_ms", performance.now() - since);
  }

  async cancel(): Promise<void> {
    const [{ run }, progress] = this.#current();
    progress.cancelled = true;
    await run.cancel();
  }

  /** Goes away, once the agent has taken the run: it goes on there. What has come is kept, and read when the user is back. */
  async drop(): Promise<void> {
    const following = this.#following;
    await following?.run.started;
    if (following !== undefined) following.waiting = [...following.waiting, ...following.inbox.leave()];
    this.#disconnect();
  }

  /** Comes back behind the last event that has come, whether or not a step has read it. @param transport over another one */
  async resume(transport: Transport | undefined): Promise<void> {
    const [{ run, waiting, lastAt }, progress] = this.#current();
    const id = await run.started;
    this.#transport = transport ?? this.#transport;
    const since = performance.now();
    const after = waiting.at(-1)?.id ?? progress.lastSeen;
    const resumed = this.#client().client.resume(id, { after, signal: progress.limit });
    this.#follow(resumed, progress, { since, before: { waiting, lastAt } });
  }

  /**
   * Ends what is left: a run that no step read to its end is checked as far as it came.
   *
   * @param error why the user failed. @returns it, or the time limit where that is why
   */
  end(error?: unknown): unknown {
    const progress = this.#progress;
    this.#disconnect();
    if (progress === undefined) return error;
    this.#progress = undefined;
    this.#countEvents(progress);
    if (error === undefined) return undefined;
    this.#count("runs_failed");
    const limitMs = this.#options.runLimitMs;
    if (!progress.limit.aborted) return error;
    return this.#told ?? new StepError("run_limit", `The run took longer than runLimitMs: ${limitMs} ms.`);
  }

  #disconnect(): void {
    this.#own?.destroy();
    this.#own = undefined;
  }

  #client(): OwnClient {
    this.#own ??= this.#makeClient(
      this.#transport,
      { url: this.#options.target, agent: this.#options.agent, name: this.#agentName, onError: (error) => (this.#told = error) },
      process.env["AGENT_TOKEN"] || undefined,
    );
    return this.#own;
  }

  /** @param before what had come of it before the user went away */
  #follow(
    run: Run,
    progress: Progress,
    { since, before }: { readonly since: number; readonly before?: Pick<Following, "waiting" | "lastAt"> },
  ): void {
    const following: Following = {
      run,
      inbox: new Inbox(run.batches(), () => this.#arrived(following, progress)),
      waiting: before?.waiting ?? [],
      lastAt: before?.lastAt,
      backSince: before === undefined ? undefined : since,
    };
    this.#following = following;
    // What fails it is thrown where it is read.
    run.started.catch(() => undefined);
    let open = run.connection === "open";
    run.onStateChange(({ to }) => {
      if (to === "open") {
        open = true;
        this.#told = undefined;
        this.#firstConnection(since);
      } else if (open && (to === "waiting" || to === "connecting")) {
        open = false;
        this.#count("reconnects");
        following.backSince ??= performance.now();
      }
    });
  }

  /** Events have come: they are timed now, whenever a step reads them. */
  #arrived(following: Following, progress: Progress): void {
    const now = performance.now();
    const { backSince, lastAt } = following;
    if (!progress.answered) this.#time("first_event_ms", now - progress.startedAt);
    if (backSince !== undefined) this.#time("recovery_ms", now - backSince);
    else if (lastAt !== undefined) {
      this.#time("gap_ms", now - lastAt);
      if (now - lastAt > this.#options.stallMs) this.#time("stall_ms", now - lastAt);
    }
    progress.answered = true;
    following.lastAt = now;
    following.backSince = undefined;
  }

  /** A user's first one alone: later ones may find a connection open. */
  #firstConnection(since: number): void {
    if (this.#connected) return;
    this.#connected = true;
    this.#time("connect_ms", performance.now() - since);
  }

  async #readUntil(until: Until, following: Following, progress: Progress): Promise<void> {
    let read = 0;
    for (;;) {
      const events = following.waiting.length > 0 ? following.waiting : await following.inbox.next();
      if (events === undefined) {
        if (progress.ended) return;
        progress.endMissing = true;
        throw new StepError("end_missing", "The run's events ended without the terminal event.");
      }
      for (const [index, { id, data }] of events.entries()) {
        progress.check.see(id);
        progress.lastSeen = id;
        read += 1;
        if (isRunEnd(data)) progress.ended = true;
        const there = until.kind === "events" ? read === until.count : until.kind === "type" && data.type === until.type;
        if (!there) continue;
        following.waiting = events.slice(index + 1);
        return;
      }
      following.waiting = [];
    }
  }

  /** The terminal event was read. @throws StepError where it is not the one that the steps lead to */
  #finish({ run, lastAt = performance.now() }: Following, progress: Progress): void {
    const state = run.end?.state;
    this.#countEvents(progress);
    this.#progress = undefined;
    this.#following = undefined;
    if (state === "finished") {
      this.#count("runs_finished");
      this.#time("run_ms", lastAt - progress.startedAt);
    } else if (state === "cancelled" && progress.cancelled) this.#count("runs_cancelled");
    else {
      this.#count("runs_failed");
      throw new StepError("run_not_finished", `The run ended as ${state}: ${run.end?.error?.message}`);
    }
  }

  #countEvents({ check, endMissing }: Progress): void {
    const { received, lost, repeated, reordered } = check.result(endMissing);
    this.#count("events_received", received);
    this.#count("events_lost", lost);
    this.#count("events_repeated", repeated);
    this.#count("events_reordered", reordered);
  }

  #current(): readonly [Following, Progress] {
    // The order of the steps was checked before the first user.
    if (this.#following === undefined || this.#progress === undefined) throw new TypeError("No run is followed.");
    return [this.#following, this.#progress];
  }

  #count(name: MetricName, by?: number): void {
    this.#record.count(this.#transport, name, by);
  }

  #time(name: MetricName, ms: number): void {
    this.#record.time(this.#transport, name, ms);
  }
}
