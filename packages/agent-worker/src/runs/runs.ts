import { createHash } from "node:crypto";
import { formatEventId, parseEventId, type RunEnd, type RunFailure, type RunInfo, type RunInput } from "@agent-transports/protocol";
import type { UIMessageChunk } from "ai";
import { reportFault, type Observe } from "../observability/observe.ts";
import { cannotResume, invalidRequest, RequestError, runGone, runNotFound } from "../wire/errors.ts";
import { runWindow } from "../pacing/run-window.ts";
import type { GivenInput } from "../wire/input-request.ts";
import { DEFAULT_LIMITS, tooMany } from "../wire/limits.ts";
import type { StartRequest } from "../wire/start-request.ts";
import { Answer } from "./answer.ts";
import { ASK_AGAIN, CANCELLED, CANCELLED_CHUNK, Carrier, type Death } from "./carrier.ts";
import { orDefault, told } from "./guards.ts";
import { guarded, type Hooks } from "./hooks.ts";
import { continuedBy, resolveInput, type RunContext } from "./context.ts";
import type { Conversation } from "./conversation.ts";
import { checkedDurability, DEFAULT_DURABILITY, type CheckedDurability } from "./durability.ts";
import { Inputs, type Acceptance } from "./inputs.ts";
import { LiveRun, LogRoom } from "./live-run.ts";
import type { Batch, RunLog, RunRecord } from "./log.ts";
import { loggedChunks } from "./logged-chunks.ts";
import { originOf, restoredOrigin, storedOrigin, type Origin } from "./origin.ts";
import { Readers, type CountedReader } from "./readers.ts";
import { ToolCalls } from "./tool-calls.ts";
import { Tries } from "./tries.ts";

/** Starts, feeds, cancels and finds runs. Transports call it; it knows none of them. */
export class Runs {
  readonly #log: RunLog;
  readonly #conversation: Conversation;
  readonly #hooks: Hooks;
  readonly #live: Map<string, LiveRun> = new Map();
  readonly #inputs: WeakMap<LiveRun, Inputs> = new WeakMap();
  readonly #origins: WeakMap<LiveRun, () => Origin> = new WeakMap();
  /** Also those that were cancelled and whose model has not heard of it yet: they still cost what a run costs. */
  #generating = 0;
  readonly #readers: Readers = new Readers();
  readonly #tries: Tries;
  readonly #carrier: Carrier;

  constructor(log: RunLog, conversation: Conversation, hooks: Hooks) {
    this.#log = log;
    this.#conversation = conversation;
    this.#hooks = guarded(hooks);
    this.#tries = new Tries(log.unended, hooks.durable);
    const inputsOf = (run: LiveRun): Inputs => this.#inputsOf(run);
    this.#carrier = new Carrier(
      log,
      conversation,
      this.#tries,
      this.#hooks,
      inputsOf,
      (run, end, before, fromLog) => void this.#end(run, end, before, fromLog),
    );
  }

  /**
   * Takes up what died with the agent: its answers go on, and what cannot go on ends. What was delivered stays.
   *
   * Nothing of an answer is read in the turn of this call, whose end the first request waits for.
   *
   * @returns the runs that were alive when the agent died
   */
  recover(): RunRecord[] {
    // A start that failed, of which this was a part, is made again.
    const dead = this.#log.unfinished().filter(({ id }) => !this.#live.has(id));
    for (const record of dead) told(() => this.#takeUp(record));
    return dead;
  }

  #takeUp(record: RunRecord): void {
    const { n } = record;
    const { unended } = this.#log;
    const tail = this.#log.tail(n);
    // Readers have what the log has not: whatever it said now, it would say to them twice.
    const isLost = this.#log.ahead(n) > tail || this.#tries.isLost(n);
    // An earlier version kept nothing to go on from.
    const isKnown = unended.hasOrigin(n);
    const goesOn = isKnown && !isLost;
    const asked = orDefault(() => checkedDurability(this.#hooks.durability()), checkedDurability(DEFAULT_DURABILITY));
    const durability = goesOn ? asked : checkedDurability({ level: "event" });
    const limits = this.#hooks.limits;
    const room = goesOn
      ? new LogRoom(
          () => limits.standing(),
          () => this.#log.size(n),
        )
      : new LogRoom();
    const run = new LiveRun(this.#log, record, tail, durability, room);
    if (isLost) told(() => this.#tellLost(run));
    const origin = once(() => {
      const stored = unended.origin(n);
      if (stored === null) throw new Error("The run has ended: what it was started with is not kept any longer.");
      return restoredOrigin(stored, this.#conversation.messages);
    });
    this.#carry(run, isKnown ? origin : undefined, durability, { cause: DIED, goesOn });
  }

  /** The run is alive from now on. @param origin `undefined` where it is not known */
  #carry(run: LiveRun, origin: (() => Origin) | undefined, { level, windowMs }: CheckedDurability, death?: Death): void {
    const work = (): Promise<void> => this.#carrier.carry(run, origin ?? unknownOrigin, death);
    if (origin !== undefined) this.#origins.set(run, origin);
    this.#live.set(run.record.id, run);
    // One that only ends costs nothing of what a run costs.
    const cost = death?.goesOn === false ? 0 : 1;
    this.#generating += cost;
    this.#hooks.keepAlive(() => runWindow.run(level === "window" ? windowMs : 0, work).finally(() => (this.#generating -= cost)));
  }

  /**
   * Starts a run, or joins the one that this key began.
   *
   * @param subject who asks; `null` where the agent asks for no credentials
   * @param visible whether whoever asks may know of a run
   * @throws RequestError `key_reused`, `run_gone`, `too_many_requests`, `invalid_request`
   */
  start(request: StartRequest, subject: string | null, visible: (run: RunRecord) => boolean): { run: RunRecord; joined: boolean } {
    const fingerprint = createHash("sha256").update(JSON.stringify(request.input)).digest("base64url");
    if (request.key !== undefined) {
      const known = this.#log.byKey(request.key);
      if (known !== undefined) {
        // Nothing is said of it, not even whether it began with the same input.
        if (!visible(known.run))
          throw new RequestError({ code: "key_reused", message: "This key already started somebody else's run. Use a new key." });
        if (known.run.goneAt !== null) throw runGone(known.run.id);
        if (known.fingerprint === fingerprint) return { run: known.run, joined: true };
        throw new RequestError({
          code: "key_reused",
          message: "This key already started a run with another input. Use a new key for a new run.",
          run: known.run.id,
        });
      }
    }
    const { liveRuns, runBytes } = this.#hooks.limits.said();
    if (this.#generating >= liveRuns)
      throw tooMany(`This agent generates ${liveRuns} runs already. Try again when one has ended.`, liveRuns);
    const durability = checkedDurability(this.#hooks.durability());
    const context = resolveInput(request.input, this.#conversation.messages);
    this.#refuseSecond(request.input, context);
    const id = crypto.randomUUID();
    const origin = originOf(request.input, context);
    const created = {
      id,
      epoch: randomEpoch(),
      key: request.key ?? null,
      fingerprint,
      chat: request.chat ?? null,
      createdAt: Date.now(),
      subject,
      origin: storedOrigin(origin),
    };
    // The conversation last: what it has in memory is what it has stored.
    this.#log.writeAll(() => {
      this.#log.create(created);
      if (context.append !== undefined) this.#conversation.append(context.append);
    });
    const record = this.find(id);
    const run = new LiveRun(this.#log, record, 0, durability, new LogRoom(() => ({ runBytes })));
    this.#hooks.observe({ type: "run:start", payload: { run: id, ...(subject !== null && { subject }) } });
    this.#carry(run, () => origin, durability);
    return { run: record, joined: false };
  }

  /** Whether a start with this key joins a run, or is refused: it begins none. */
  knowsKey(key: string): boolean {
    return this.#log.byKey(key) !== undefined;
  }

  /** Two runs that go on with one message would each put its own whole message into the conversation, PROTOCOL.md §2. @throws RequestError `invalid_request` */
  #refuseSecond(input: RunInput, context: RunContext): void {
    const continued = continuedBy(context);
    if (continued === undefined) return;
    for (const run of this.#live.values()) {
      const origin = this.#originOf(run);
      if (origin === undefined || continuedBy(origin) !== continued) continue;
      throw invalidRequest(
        "A run goes on with this message already. Send the outputs of all its calls together, or wait until that run has ended.",
        "toolOutputs" in input ? "toolOutputs" : "message",
      );
    }
  }

  /**
   * @param visible whether whoever asks may know of it
   * @throws RequestError `run_not_found`, `run_gone`
   */
  find(id: string, visible: (run: RunRecord) => boolean = () => true): RunRecord {
    const record = this.#log.byId(id);
    if (record === undefined || !visible(record)) throw runNotFound(id);
    if (record.goneAt !== null) throw runGone(id);
    return record;
  }

  byChat(chat: string, visible: (run: RunRecord) => boolean): RunRecord | undefined {
    return this.#log.byChat(chat, visible);
  }

  page(limit: number, before: RunRecord | undefined, wanted: (run: RunRecord) => boolean): { runs: RunRecord[]; next: string | null } {
    const runs = this.#log.page(limit + 1, before?.n, wanted);
    const more = runs.length > limit;
    const page = runs.slice(0, limit);
    return { runs: page, next: more ? page.at(-1)!.id : null };
  }

  live(id: string): LiveRun | undefined {
    return this.#live.get(id);
  }

  get liveCount(): number {
    return this.#live.size;
  }

  get readerCount(): number {
    return this.#readers.count;
  }

  /** Counts one more reader of a run; gives back what counts it out. @throws RequestError `too_many_requests` */
  addReader(record: RunRecord, reader: CountedReader): () => void {
    const { readersPerRun, unsaid } = this.#hooks.limits.standing();
    return this.#readers.add(record.id, reader, readersPerRun, unsaid);
  }

  get observe(): Observe {
    return this.#hooks.observe;
  }

  tail(record: RunRecord): number {
    return this.#live.get(record.id)?.tail ?? this.#log.tail(record.n);
  }

  /** Events after `after`: from memory where the reader keeps up, else from the log. @throws RequestError `run_gone` where they were deleted since */
  read(record: RunRecord, after: number, maxChars: number): Batch | undefined {
    const live = this.#live.get(record.id);
    if (live !== undefined) {
      if (after >= live.tail) return undefined;
      const recent = live.recent(after);
      if (recent !== undefined) return recent;
    }
    const batch = this.#log.read(record.n, after, maxChars);
    // A reader so slow that its run grew too old meanwhile must not take the empty log for the end.
    if (batch === undefined && live === undefined) this.find(record.id);
    return batch;
  }

  /** The `seq` that a cursor stands for; 0 is before the first event. */
  resolveCursor(record: RunRecord, cursor: string | null | undefined): number {
    if (cursor === null || cursor === undefined || cursor === "") return 0;
    const id = parseEventId(cursor);
    if (id === undefined) throw cannotResume(record.id, "malformed");
    if (id.epoch !== record.epoch) throw cannotResume(record.id, "unknown_epoch");
    if (id.seq > this.tail(record)) throw cannotResume(record.id, "beyond_tail");
    return id.seq;
  }

  /**
   * Puts inputs into a live run, in one turn and in order: those before the first that is refused. A key that was accepted before writes nothing.
   *
   * @throws RequestError `run_not_found`, `run_gone`
   */
  inputs(id: string, given: readonly GivenInput[]): Acceptance {
    const record = this.find(id);
    const run = this.#live.get(id);
    const inputs = run === undefined ? new Inputs(this.#log, record, undefined) : this.#inputsOf(run);
    return inputs.accept(given, this.#hooks.limits.standing());
  }

  /** Cancels a run; one that has ended stays as it is. */
  cancel(id: string): RunRecord {
    const record = this.find(id);
    const run = this.#live.get(id);
    if (run === undefined) return record;
    try {
      this.#end(run, CANCELLED, CANCELLED_CHUNK);
    } finally {
      // Also where the storage does not take that it was: its generation then ends it.
      run.abort.abort(new DOMException("The run was cancelled.", "AbortError"));
    }
    return this.find(id);
  }

  info(record: RunRecord, base: string): RunInfo {
    const tail = this.tail(record);
    return {
      id: record.id,
      state: record.state,
      epoch: record.epoch,
      lastEventId: tail === 0 ? null : formatEventId(record.epoch, tail),
      createdAt: new Date(record.createdAt).toISOString(),
      endedAt: record.endedAt === null ? null : new Date(record.endedAt).toISOString(),
      error: record.error,
      events: `${base}/runs/${record.id}/events`,
    };
  }

  /** Readers may have been sent what died with the agent. Its ids are not used again: each says that its event is lost, PROTOCOL.md §1.1. */
  #tellLost(run: LiveRun): void {
    const { n, epoch } = run.record;
    const lost = this.#log.ahead(n) - run.tail;
    if (lost <= 0) return;
    const data = { after: formatEventId(epoch, run.tail), through: formatEventId(epoch, run.tail + lost) };
    for (let one = 0; one < lost; one++) run.push({ type: "data-lost", data, transient: true });
    this.#tries.noteLost(n);
    run.flush("now");
  }

  #inputsOf(run: LiveRun): Inputs {
    const inputs = this.#inputs.get(run) ?? new Inputs(this.#log, run.record, run);
    this.#inputs.set(run, inputs);
    return inputs;
  }

  /**
   * An answer that was stopped stays as far as its log has it, PROTOCOL.md §2: no generation lives that could tell, or one that knows no more. In the turn in
   * which its run ends, so that whoever reads of the end and asks again is answered with it.
   */
  #keepStopped(run: LiveRun, origin: Origin): void {
    if (!origin.kept || run.full) return;
    const { n, id } = run.record;
    try {
      // To read a large log may be what kills the agent, and where a client cancels no try is counted.
      if (this.#log.size(n) > READ_MOST) return;
      const answer = new Answer(origin.messages);
      answer.restore(loggedChunks(this.#log, n));
      const message = answer.unfinished(new ToolCalls(this.#log.unended, n, id));
      if (message !== undefined) this.#log.write(() => this.#conversation.put(message));
    } catch (error) {
      // Its run has ended all the same.
      reportFault(error);
    }
  }

  /** @returns `undefined` where it is not known, or cannot be read: its answer is not kept then */
  #originOf(run: LiveRun): Origin | undefined {
    try {
      return this.#origins.get(run)?.();
    } catch (error) {
      reportFault(error);
      return undefined;
    }
  }

  #end(
    run: LiveRun,
    end: RunEnd,
    before: UIMessageChunk | undefined,
    fromLog = end.state === "cancelled" || end.state === "interrupted",
  ): boolean {
    const now = Date.now();
    // The end forgets what it was started with.
    const origin = fromLog && !run.ended ? this.#originOf(run) : undefined;
    const ended = run.end(end, before, now);
    this.#live.delete(run.record.id);
    if (!ended) return false;
    // Before anything deletes its log.
    if (origin !== undefined) this.#keepStopped(run, origin);
    this.#hooks.ended(now);
    const { id, createdAt } = run.record;
    const code = end.error === undefined ? {} : { code: end.error.code };
    this.#hooks.observe({
      type: "run:end",
      payload: { run: id, state: end.state, ...code, events: run.tail, durationMs: now - createdAt },
    });
    return true;
  }
}

const DIED: RunFailure = { code: "interrupted", message: `The agent was restarted while it answered. ${ASK_AGAIN}` };

/**
 * No longer log is read for what is kept of it, whatever `runBytes` an author allows: as many UTF-16 units as by default a log may have. In Node such a
 * log of text took 0.13 to 0.29 s and 9 to 42 MiB of heap, by the size of its deltas.
 */
const READ_MOST = DEFAULT_LIMITS.runBytes;

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** Of a run that does not go on: nobody asks. */
function unknownOrigin(): never {
  throw new Error("It is not known what this run was started with.");
}

/** 48 random bits, eight characters: two epochs of one agent do not meet by chance. */
function randomEpoch(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(6))).toString("base64url");
}
