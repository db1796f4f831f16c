import type { RunEnd, RunFailure } from "@agent-transports/protocol";
import type { UIMessage, UIMessageChunk } from "ai";
import { reportFault } from "../observability/observe.ts";
import { checkedRecovery, DEFAULT_RECOVERY, isPassing, nextTry, waitBefore } from "../recovery/bounds.ts";
import { continuedContext } from "../recovery/context.ts";
import { PartialAnswer } from "../recovery/partial-answer.ts";
import { ReplayDiffersError, type Way } from "../recovery/rejoin.ts";
import { shownChars } from "../recovery/shown-chars.ts";
import { StartedOverError } from "../recovery/text-join.ts";
import { withBytes } from "../wire/bytes.ts";
import { toErrorBody } from "../wire/errors.ts";
import { saysAborted } from "./aborts.ts";
import type { Answer } from "./answer.ts";
import { orDefault } from "./guards.ts";
import type { CarrierHooks, Interruption } from "./hooks.ts";
import type { Conversation } from "./conversation.ts";
import { NotReplayableError, type Generation } from "./generation.ts";
import type { Inputs } from "./inputs.ts";
import { LogFullError, type LiveRun } from "./live-run.ts";
import type { RunLog } from "./log.ts";
import type { Origin } from "./origin.ts";
import { isForClient, IntoLog, finishedSteps, waitingCalls, type Resumption } from "./into-log.ts";
import { loggedChunks } from "./logged-chunks.ts";
import { isLeftOut } from "./own-chunks.ts";
import { ToolCalls } from "./tool-calls.ts";
import { NO_MORE, pause, type Over, type Tries } from "./tries.ts";

/** @param fromLog whether its answer is kept as the log has it; by default where the run was stopped */
type EndRun = (run: LiveRun, end: RunEnd, before: UIMessageChunk | undefined, fromLog?: boolean) => void;

/** A run that is taken up after its agent's death. */
export interface Death {
  /** Why its first generation ended. */
  readonly cause: RunFailure;
  /** Whether its answer may go on. */
  readonly goesOn: boolean;
}

/** An answer that may go on, as its log has it. */
type Found = Pick<Resumption, "answer" | "way" | "tried" | "kept">;

/** What became of one generation. */
interface Outcome {
  readonly failure: RunFailure | undefined;
  readonly finish: UIMessageChunk | undefined;
  readonly errorChunk: UIMessageChunk | undefined;
  readonly answer: Answer;
  /** What was kept is of no use. */
  readonly notReplayable: boolean;
  /** Another try is not wanted. */
  readonly isFinal: boolean;
  /** Something of it is in the log. */
  readonly begun: boolean;
  /** The log took no more of it. */
  readonly isTooLarge: boolean;
}

/** Carries generations into the log, and ends their runs: also where a generation is interrupted, and another goes on with its answer. */
export class Carrier {
  readonly #log: RunLog;
  readonly #conversation: Conversation;
  readonly #hooks: CarrierHooks;
  readonly #inputsOf: (run: LiveRun) => Inputs;
  readonly #end: EndRun;
  readonly #tries: Tries;
  /** Runs whose answer is in the conversation. */
  readonly #kept: WeakSet<LiveRun> = new WeakSet();

  constructor(log: RunLog, conversation: Conversation, tries: Tries, hooks: CarrierHooks, inputsOf: (run: LiveRun) => Inputs, end: EndRun) {
    this.#log = log;
    this.#conversation = conversation;
    this.#hooks = hooks;
    this.#inputsOf = inputsOf;
    this.#end = end;
    this.#tries = tries;
  }

  /**
   * Ends the run whatever happens.
   *
   * @param origin asked for when it is needed: behind the note that a run is taken up
   */
  async carry(run: LiveRun, origin: () => Origin, death?: Death): Promise<void> {
    const { tail } = run;
    try {
      await this.#carry(run, origin, death);
    } catch (error) {
      // The log cannot take how it would end, or an author's own function has failed.
      const { message } = toErrorBody(error);
      const failed: RunEnd =
        death !== undefined && run.tail === tail
          ? { state: "interrupted", error: death.cause }
          : { state: "failed", error: { code: "internal", message } };
      await this.#endAtLast(run, failed);
    }
  }

  /** A storage that takes no word of it may take it later. Its cancel may come until then. */
  async #endAtLast(run: LiveRun, failed: RunEnd): Promise<void> {
    const fromLog = !this.#kept.has(run);
    const errorText = failed.error?.message ?? "";
    for (let waitMs = END_AGAIN_MS; !run.ended; waitMs = Math.min(2 * waitMs, END_AGAIN_MOST_MS)) {
      try {
        if (run.abort.signal.aborted) this.#end(run, CANCELLED, CANCELLED_CHUNK, fromLog);
        else this.#end(run, failed, { type: "error", errorText }, fromLog);
        return;
      } catch (error) {
        reportFault(error);
      }
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }

  async #carry(run: LiveRun, origin: () => Origin, death: Death | undefined): Promise<void> {
    const goesOn = death?.goesOn ?? true;
    let cause = death?.cause;
    let died = death !== undefined;
    let replayable = true;
    let last: Outcome | undefined;
    for (;;) {
      let resumption: Resumption | undefined;
      if (cause !== undefined) {
        const next = last?.isFinal === true ? NO_MORE : await this.#next(run, origin, cause, { died, goesOn, replayable });
        // It was cancelled, and the storage did not take that.
        if (!run.ended && run.abort.signal.aborted) this.#end(run, CANCELLED, CANCELLED_CHUNK);
        if (run.ended) return void (!("over" in next) && (await this.#letGo(run, origin(), next)));
        if ("over" in next) return this.#giveUp(run, origin, cause, next, died, last);
        resumption = next;
        if (isForClient(resumption, origin(), this.#toolCalls(run))) return this.#finishForClient(run, origin(), resumption);
      }
      const outcome = await this.#generate(run, origin(), resumption);
      if (run.ended) return;
      // It was cancelled, and the storage did not take that.
      if (run.abort.signal.aborted) return this.#end(run, CANCELLED, CANCELLED_CHUNK);
      if (outcome.failure === undefined) {
        this.#keepAnswer(run, origin(), outcome.answer.message());
        return this.#end(run, { state: "finished" }, outcome.finish);
      }
      last = outcome;
      // What comes of it from now on is the model's doing.
      if (outcome.begun) died = false;
      replayable = !outcome.notReplayable;
      // Where nothing is known of a broken stream but that it broke, the agent's death stays the cause of it all.
      cause = outcome.notReplayable ? (cause ?? outcome.failure) : outcome.failure;
    }
  }

  /** The next try, noted; or why there is none. @param died whether its agent did, and nothing has come since */
  async #next(
    run: LiveRun,
    origin: () => Origin,
    cause: RunFailure,
    { died, goesOn, replayable }: { readonly died: boolean; readonly goesOn: boolean; readonly replayable: boolean },
  ): Promise<Resumption | Over> {
    const bounds = orDefault(() => checkedRecovery(this.#hooks.recovery()), DEFAULT_RECOVERY);
    if (!bounds.enabled && !died) return NO_MORE;
    if (cause.code !== "interrupted" && !isPassing(cause)) return died ? { over: cause.message } : NO_MORE;
    const { record } = run;
    run.flush("now");
    // A cancel forgets it.
    const { kept } = this.#log.unended.of(record.n);
    const found = await this.#tries.begin<Found | Over>(record.n, bounds, (before) => {
      // What it said is read all the same, to be kept: in this turn, too.
      if (!bounds.enabled || !goesOn) return NO_MORE;
      const answer = this.#answerOf(run);
      const keptHere: { step: number; value: unknown } | undefined = kept === null ? undefined : JSON.parse(kept);
      // What a provider does not give in three tries, it is not asked for again.
      const isKept = replayable && keptHere !== undefined && keptHere.step === finishedSteps(answer) && (before?.attempts ?? 0) < 3;
      const way: Way = isKept ? "replayed" : answer.said ? "continued" : "restarted";
      if (!died && way === "restarted" && cause.code !== "model_stream_broken") return NO_MORE;
      const repeated = isKept ? 0 : shownChars(continuedContext(origin().messages, answer, way).messages) + answer.lostChars;
      const next = nextTry(before, answer.amount(way), repeated, bounds, Date.now());
      if ("over" in next) return next;
      this.#tries.note(record.n, next.tried);
      return { answer, way, tried: next.tried, kept: isKept ? keptHere.value : undefined };
    });
    if ("over" in found) return found;
    const { answer, way, tried } = found;
    const may = await this.#mayGoOn({
      run: record.id,
      way,
      attempt: tried.attempts,
      cause,
      text: answer.steps.flatMap(({ texts }) => texts.filter(({ kind }) => kind === "text").map(({ text }) => text)).join(""),
      calls: waitingCalls(answer),
    });
    if (may !== true) return { over: may };
    await pause(waitBefore(tried, Math.random()), run.abort.signal);
    // Inputs may have come meanwhile.
    run.flush("now");
    const now = this.#answerOf(run);
    const context = continuedContext(origin().messages, now, way);
    return { answer: now, way, tried, cause, context, kept: found.kept };
  }

  /** @returns `true`, or why not */
  async #mayGoOn(interruption: Interruption): Promise<true | string> {
    try {
      return (await this.#hooks.recover(interruption)) ? true : "the agent's author refused";
    } catch (error) {
      reportFault(error, "recover");
      return "the agent's own function has failed";
    }
  }

  #giveUp(
    run: LiveRun,
    origin: () => Origin,
    cause: RunFailure,
    { over: why, unread }: Over,
    died: boolean,
    last: Outcome | undefined,
  ): void {
    if (!died) {
      // Each later run would be given all of an answer that has filled its log.
      if (last !== undefined && !last.isTooLarge) this.#keepAnswer(run, origin(), last.answer.unfinished(this.#toolCalls(run)));
      return this.#end(run, { state: "failed", error: cause }, last?.errorChunk ?? { type: "error", errorText: cause.message });
    }
    const error: RunFailure = { code: "interrupted", message: why === "" ? cause.message : interruptedMessage(why) };
    this.#end(run, { state: "interrupted", error }, { type: "error", errorText: error.message }, unread !== true);
  }

  /** The client's own tools were called, and nothing else is open: their outputs start the next run. */
  #finishForClient(run: LiveRun, origin: Origin, resumption: Resumption): void {
    const into = this.#into(run, origin, resumption);
    into.begin();
    if (resumption.answer.open?.begun === true) into.take({ type: "finish-step" });
    this.#keepAnswer(run, origin, into.answer.message());
    this.#end(run, { state: "finished" }, { type: "finish", finishReason: "tool-calls" });
  }

  #keepAnswer(run: LiveRun, { kept }: Origin, message: UIMessage | undefined): void {
    if (!kept || message === undefined) return;
    this.#log.write(() => this.#conversation.put(message));
    this.#kept.add(run);
  }

  #answerOf({ record }: LiveRun): PartialAnswer {
    return PartialAnswer.of(loggedChunks(this.#log, record.n));
  }

  #into(run: LiveRun, origin: Origin, resumption: Resumption | undefined): IntoLog {
    return new IntoLog(
      run,
      origin,
      resumption,
      (step) => this.#toolCalls(run, step),
      () => loggedChunks(this.#log, run.record.n),
    );
  }

  #toolCalls({ record }: LiveRun, step?: (toolCallId: string) => number): ToolCalls {
    return new ToolCalls(this.#log.unended, record.n, record.id, step);
  }

  #given(run: LiveRun, origin: Origin, resumption: Resumption | undefined, into: IntoLog): Generation {
    const { n, id } = run.record;
    return {
      runId: id,
      messages: (resumption?.context.messages ?? origin.messages).map((message) => withBytes(message, "message")),
      clientTools: origin.clientTools,
      signal: run.abort.signal,
      toolCalls: into.toolCalls,
      ...(resumption !== undefined && { interrupted: into.interrupted(resumption) }),
      takeInputs: () => this.#inputsOf(run).take(),
      fail: ({ message }) => message,
      keep: (value) => {
        if (!run.ended) this.#log.unended.keep(n, value === null ? null : JSON.stringify({ step: into.finishedSteps, value }));
      },
    };
  }

  /** Cancelled before the answer was taken up again: its provider makes it, and is paid for it, until it is taken up and then given up. */
  async #letGo(run: LiveRun, origin: Origin, resumption: Resumption): Promise<void> {
    if (resumption.way !== "replayed" || !run.abort.signal.aborted) return;
    const abort = new AbortController();
    const into = this.#into(run, origin, resumption);
    try {
      const stream = await this.#hooks.generate({ ...this.#given(run, origin, resumption, into), signal: abort.signal });
      for await (const { type } of stream) {
        if (type === "start") continue;
        abort.abort(run.abort.signal.reason);
        break;
      }
    } catch (error) {
      // Which tells the operator.
      if (!(error instanceof NotReplayableError) && !saysAborted(error, abort.signal)) this.#hooks.describeError(error);
    } finally {
      abort.abort(run.abort.signal.reason);
    }
  }

  /** One generation, into the log. */
  async #generate(run: LiveRun, origin: Origin, resumption: Resumption | undefined): Promise<Outcome> {
    let failure: RunFailure | undefined;
    let errorChunk: UIMessageChunk | undefined;
    let finish: UIMessageChunk | undefined;
    let notReplayable = false;
    let isFinal = false;
    let isUseless = false;
    let isTooLarge = false;
    const attempt = new AbortController();
    const into = this.#into(run, origin, resumption);
    if (resumption !== undefined) this.#inputsOf(run).restore(resumption.context.waiting);
    try {
      const fail: Generation["fail"] = (reason, { final = false } = {}) => {
        failure ??= reason;
        isFinal ||= final;
        return reason.message;
      };
      const given = this.#given(run, origin, resumption, into);
      const stream = await this.#hooks.generate({
        ...given,
        signal: AbortSignal.any([given.signal, attempt.signal]),
        fail,
        // What is left of an attempt that is over is not to touch the next.
        keep: (value) => attempt.signal.aborted || given.keep?.(value),
        takeInputs: () => (attempt.signal.aborted ? [] : given.takeInputs()),
      });
      for await (const chunk of stream) {
        if (run.ended || run.abort.signal.aborted) break; // Cancelled: leaving the loop cancels the stream.
        if (isLeftOut(chunk)) continue;
        if (chunk.type === "error") {
          failure ??= { code: "model_error", message: chunk.errorText };
          errorChunk = chunk;
          break; // Nothing that comes behind it is part of an answer.
        }
        // An answer that was broken off, and not by a cancel: that ends the run before.
        if (chunk.type === "abort") break;
        if (chunk.type === "finish") {
          finish = chunk; // Held back until the stream has ended without an error.
          continue;
        }
        into.take(chunk);
      }
      if (finish !== undefined) into.begin();
    } catch (error) {
      isTooLarge = error instanceof LogFullError;
      if (error instanceof NotReplayableError || error instanceof ReplayDiffersError) {
        notReplayable = true;
        isUseless = true;
        this.#log.unended.keep(run.record.n, null);
        failure ??= { code: "model_stream_broken", message: "The provider no longer has the answer." };
      } else if (error instanceof StartedOverError) {
        isUseless = true;
        failure ??= { code: "model_stream_broken", message: error.message };
      } else if (!run.abort.signal.aborted || !saysAborted(error, run.abort.signal)) {
        // Also of a run that was cancelled: what else went wrong at that time, its operator is told.
        failure ??= this.#hooks.describeError(error);
      }
    }
    // A provider that can stream it again keeps the answer, unless it is of no use.
    attempt.abort(new DOMException("This attempt is over.", isUseless ? "AbortError" : "InvalidStateError"));
    if (failure === undefined && finish === undefined) {
      failure = { code: "model_stream_broken", message: "The model's answer broke off." };
    }
    if (into.begun && resumption !== undefined) {
      const { way, tried } = resumption;
      this.#hooks.observe({
        type: "run:resume",
        payload: { run: run.record.id, way, attempt: tried.attempts, cause: resumption.cause.code },
      });
    }
    return {
      failure,
      finish,
      errorChunk,
      answer: into.answer,
      notReplayable,
      isFinal: isFinal || isTooLarge,
      begun: into.begun,
      isTooLarge,
    };
  }
}

export const CANCELLED: RunEnd = { state: "cancelled" };
/** For readers that know only the AI SDK. */
export const CANCELLED_CHUNK: UIMessageChunk = { type: "abort", reason: "cancelled" };

const END_AGAIN_MS = 1_000;
const END_AGAIN_MOST_MS = 30_000;

/** Whoever starts the same run again has its question in the conversation twice, and the half answer between. */
export const ASK_AGAIN = "Ask it to go on, or ask something else.";

function interruptedMessage(why: string): string {
  return `The agent was restarted while it answered, and the answer does not go on: ${why}. ${ASK_AGAIN}`;
}
