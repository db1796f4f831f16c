import { formatEventId, type RunFailure } from "@agent-transports/protocol";
import { isToolUIPart, type UIMessage, type UIMessageChunk } from "ai";
import type { Tried } from "../recovery/bounds.ts";
import { UNKNOWN_OUTCOME, type ContinuedContext } from "../recovery/context.ts";
import type { PartialAnswer } from "../recovery/partial-answer.ts";
import { closingChunks, rejoin, type Rejoin, type Way } from "../recovery/rejoin.ts";
import { chunkToJson } from "../wire/bytes.ts";
import { Answer } from "./answer.ts";
import type { InterruptedAnswer, WaitingCall } from "./generation.ts";
import type { LiveRun } from "./live-run.ts";
import type { Origin } from "./origin.ts";
import { BEFORE_STEPS, type ToolCalls } from "./tool-calls.ts";

/** An answer that goes on. */
export interface Resumption {
  readonly answer: PartialAnswer;
  readonly way: Way;
  readonly tried: Tried;
  readonly cause: RunFailure;
  readonly context: ContinuedContext;
  readonly kept: unknown;
}

/** Where one generation's chunks go: into the log, and into the answer that the conversation is to have. */
export class IntoLog {
  readonly answer: Answer;
  readonly toolCalls: ToolCalls;
  finishedSteps: number;
  begun: boolean;
  readonly #run: LiveRun;
  readonly #kept: boolean;
  readonly #resumption: Resumption | undefined;
  readonly #rejoin: Rejoin | undefined;
  readonly #clientTools: Origin["clientTools"];
  /** Calls of the message that it goes on with, which a person approved: they run before its first step. */
  readonly #approved: ReadonlySet<string>;
  #inSteps: boolean;
  #calls: readonly WaitingCall[];

  /** @param toolCalls of the run, where it is known in which step a call is made now */
  constructor(
    run: LiveRun,
    { messages, kept, clientTools }: Origin,
    resumption: Resumption | undefined,
    toolCalls: (step: (toolCallId: string) => number) => ToolCalls,
    logged: () => Iterable<UIMessageChunk>,
  ) {
    this.toolCalls = toolCalls((id) => (!this.#inSteps && this.#approved.has(id) ? BEFORE_STEPS : this.finishedSteps));
    this.#approved = approvedCalls(messages.at(-1));
    this.#inSteps = resumption !== undefined && resumption.answer.steps.length > 0;
    this.#run = run;
    this.#kept = kept;
    this.#resumption = resumption;
    this.begun = resumption === undefined;
    this.answer = new Answer(messages);
    this.finishedSteps = 0;
    this.#calls = [];
    this.#clientTools = clientTools;
    if (resumption === undefined) return;
    const { way, answer, context } = resumption;
    this.finishedSteps = finishedSteps(answer);
    noteEnded(answer, this.toolCalls);
    this.#rejoin = rejoin(way, answer, way === "continued" ? context.joined : undefined);
    this.#calls = way === "continued" ? waitingCalls(answer) : [];
    if (!kept) return;
    this.answer.restore(logged());
    if (way !== "replayed") this.answer.dropHalfCalls();
    if (way === "continued" && answer.open !== undefined) this.answer.interrupted();
  }

  interrupted({ way, tried, kept, answer }: Resumption): InterruptedAnswer {
    return {
      way,
      attempt: tried.attempts,
      kept,
      steps: answer.steps,
      takeCalls: () => {
        const calls = this.#calls;
        this.#calls = [];
        return calls;
      },
    };
  }

  take(given: UIMessageChunk): void {
    const fresh = this.#rejoin?.take(given) ?? [given];
    if (fresh.length > 0) this.begin();
    for (const chunk of fresh) this.#push(chunk);
  }

  /** Says that the answer goes on, before anything new of it, and what has become of what was half said. */
  begin(): void {
    if (this.begun || this.#resumption === undefined) return;
    this.begun = true;
    const { way, tried, answer } = this.#resumption;
    const { record, tail } = this.#run;
    const after = tail === 0 ? null : formatEventId(record.epoch, tail);
    this.#run.push({ type: "data-resumed", data: { way, after, attempt: tried.attempts }, transient: true });
    if (way !== "continued") return;
    for (const chunk of closingChunks(answer.open, this.#resumption.context.joined)) {
      this.#run.push(chunk);
      // The conversation drops the half call.
      if (this.#kept && chunk.type !== "tool-input-error") this.answer.apply(chunk);
    }
    const untaken = this.#calls.filter((call) => !call.asked && !isClients(call, this.#clientTools));
    for (const { toolCallId } of untaken) this.#push({ type: "tool-output-error", toolCallId, errorText: UNKNOWN_OUTCOME });
  }

  #push(chunk: UIMessageChunk): void {
    this.#run.push(chunk);
    if (chunk.type === "start-step" || chunk.type.startsWith("tool-input-")) this.#inSteps = true;
    if (chunk.type === "tool-output-available" || chunk.type === "tool-output-error") {
      const isAll = chunk.type === "tool-output-error" || chunk.preliminary !== true;
      if (isAll && this.#resumption !== undefined) this.toolCalls.settleUnknown(chunk.toolCallId);
      this.toolCalls.settle(chunk.toolCallId);
    }
    if (chunk.type === "finish-step") this.finishedSteps += 1;
    // Behind it: what the log cannot take is not in the conversation either.
    if (this.#kept) this.answer.apply(chunkToJson(chunk));
  }
}

/** Whether all that the answer waits for is the client's to do. A tool that began to run in the agent is not. */
export function isForClient({ way, answer }: Resumption, { clientTools }: Origin, toolCalls: ToolCalls): boolean {
  const calls = waitingCalls(answer);
  noteEnded(answer, toolCalls);
  const known = toolCalls.at(answer.steps.length - 1);
  const isTheirs = (call: WaitingCall): boolean => isClients(call, clientTools) && known.of(call.toolCallId).state === "new";
  return way === "continued" && calls.length > 0 && calls.every((call) => call.asked || isTheirs(call));
}

function noteEnded({ steps }: PartialAnswer, toolCalls: ToolCalls): void {
  for (const { finished, calls } of steps) if (finished) for (const id of calls.keys()) toolCalls.endedEarlier(id);
}

function approvedCalls(last: UIMessage | undefined): ReadonlySet<string> {
  const approved = (last?.role === "assistant" ? last.parts : []).flatMap((part) =>
    isToolUIPart(part) && part.state === "approval-responded" ? [part.toolCallId] : [],
  );
  return new Set(approved);
}

function isClients({ toolName }: WaitingCall, clientTools: Origin["clientTools"]): boolean {
  return Object.hasOwn(clientTools, toolName);
}

export function finishedSteps(answer: PartialAnswer): number {
  return answer.steps.filter(({ finished }) => finished).length;
}

export function waitingCalls(answer: PartialAnswer): WaitingCall[] {
  const step = answer.steps.at(-1);
  if (step === undefined) return [];
  return [...step.calls.values()]
    .filter(({ state, byProvider }) => (state === "waiting" || state === "approval") && !byProvider)
    .map(({ toolCallId, toolName, input, state }) => ({ toolCallId, toolName, input, asked: state === "approval" }));
}
