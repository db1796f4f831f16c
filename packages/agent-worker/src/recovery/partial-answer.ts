import { createHash } from "node:crypto";
import type { MessageParts } from "agents/chat";
import { isToolUIPart, type UIMessageChunk } from "ai";
import { chunkText } from "../wire/bytes.ts";
import { applyChunk } from "./apply-chunk.ts";
import { withoutItemIds } from "./item-ids.ts";

/** What a call that was only half written is told to readers as. */
export const DROPPED_CALL = "The agent was interrupted before this call was whole. The model is asked for it anew.";

/** One text of a step, as far as it was said. */
export interface SaidText {
  readonly kind: "text" | "reasoning";
  readonly id: string;
  text: string;
  ended: boolean;
  /** Its provider named it. */
  readonly named: boolean;
}

/** One tool call of a step. */
export interface SaidCall {
  readonly toolCallId: string;
  readonly toolName: string;
  /** By the provider itself, and not by the agent or the client. */
  readonly byProvider: boolean;
  /** Where a person is asked whether it may run. */
  approvalId?: string;
  /** What was written of its input. */
  inputText: string;
  input: unknown;
  /** `writing`: its input is not whole. `waiting`: it is, and there is no output. `approval`: a person is asked whether it may run. */
  state: "writing" | "waiting" | "approval" | "done";
}

/** One step of an answer: what the model said in one go, and what its tools gave. */
export interface SaidStep {
  readonly parts: MessageParts;
  readonly texts: SaidText[];
  readonly calls: Map<string, SaidCall>;
  /** How many there are of each other chunk, transient ones included: see {@link likenessOf}. */
  readonly others: Map<string, number>;
  /** The log has its `start-step`. */
  begun: boolean;
  finished: boolean;
}

/** A step, or an input that a client sent, in the order of the log. */
export type SaidItem = { readonly step: SaidStep } | { readonly input: unknown };

/** What a log has of an answer whose generation was interrupted. */
export class PartialAnswer {
  readonly items: SaidItem[] = [];
  /** What came of calls that are in the context, and not in the answer: approved ones, whose outputs come before its first step. */
  readonly outcomes: ToolOutcome[] = [];
  /** The log has its `start`. */
  started = false;
  #step: SaidStep | undefined;
  /** How many there are of each transient chunk behind the last step that has ended: a replay of the next step gives them again. */
  #aside: Map<string, number> = new Map();

  static of(chunks: Iterable<UIMessageChunk>): PartialAnswer {
    const answer = new PartialAnswer();
    for (const chunk of chunks) answer.#apply(chunk);
    return answer;
  }

  get steps(): SaidStep[] {
    return this.items.flatMap((item) => ("step" in item ? [item.step] : []));
  }

  /** The step that is not finished; `undefined` between two. */
  get open(): SaidStep | undefined {
    const last = this.#step;
    return last === undefined || last.finished ? undefined : last;
  }

  /** The step that a replay begins with: the open one, or one of which the log has only transient parts, in front of its beginning. */
  get replayed(): SaidStep | undefined {
    return this.open ?? (this.#aside.size === 0 ? undefined : emptyStep(this.#aside));
  }

  /** Whether there is anything that a reader was shown or a tool did. */
  get said(): boolean {
    return this.steps.some(({ parts }) => parts.some((part) => part.type !== "step-start"));
  }

  /**
   * How much there is of it that another try need not make again: what is said, and what has ended. Of an open step, reasoning and half a call last only where
   * it is replayed.
   */
  amount(way: "replayed" | "continued" | "restarted"): number {
    let amount = 0;
    for (const { parts, texts, calls, finished } of this.steps) {
      const lasts = finished || way === "replayed";
      if (finished && parts.length > 0) amount += parts.length + 1;
      for (const { kind, text, ended } of texts) if (lasts || kind === "text") amount += text.length + (ended ? 1 : 0);
      for (const { state, inputText } of calls.values()) {
        if (state === "done") amount += 2;
        else if (state !== "writing") amount += 1;
        if (lasts) amount += inputText.length;
      }
    }
    return amount;
  }

  /** About how many characters of it a model has to write again. */
  get lostChars(): number {
    let chars = 0;
    for (const { kind, text } of this.open?.texts ?? []) if (kind === "reasoning") chars += text.length;
    for (const { inputText, state } of this.open?.calls.values() ?? []) if (state === "writing") chars += inputText.length;
    return chars;
  }

  #apply(chunk: UIMessageChunk): void {
    switch (chunk.type) {
      case "start":
        this.started = true;
        return;
      case "data-input":
        this.items.push({ input: chunk.data });
        return;
      case "start-step":
        // What an author's generation gave before its first step is the first step's.
        if (!this.#hasUnbegunStep()) this.#begin();
        if (this.#step !== undefined) this.#step.begun = true;
        return;
      case "finish-step":
        if (this.#step !== undefined) this.#step.finished = true;
        return;
      case "reset-step":
        // The AI SDK asks the model for the step again: what was said in it does not count.
        if (this.#step !== undefined) reset(this.#step);
        return;
      case "finish":
      case "abort":
      case "error":
      case "message-metadata":
        return;
      default:
        if (hasGoneOn(chunk) && this.open !== undefined) breakOff(this.open);
        // No part of a message, and nothing that a model is shown. A replay leaves it out all the same: the log has it.
        if ("transient" in chunk && chunk.transient) return count(this.open?.others ?? this.#aside, chunk);
        this.#say(this.open ?? this.#begin(), chunk);
    }
  }

  #hasUnbegunStep(): boolean {
    const { open } = this;
    return open !== undefined && !open.begun;
  }

  #begin(): SaidStep {
    const step = emptyStep(this.#aside);
    this.#aside = new Map();
    this.#step = step;
    this.items.push({ step });
    return step;
  }

  #say(step: SaidStep, chunk: UIMessageChunk): void {
    if (isOutcome(chunk) && !this.steps.some(({ calls }) => calls.has(chunk.toolCallId))) {
      this.outcomes.push(chunk);
      return;
    }
    if (!saysText(step, chunk) && !saysCall(step, chunk)) count(step.others, chunk);
    applyChunk(step.parts, chunk);
    if (chunk.type === "tool-input-error" && chunk.errorText === DROPPED_CALL) dropCall(step, chunk.toolCallId);
  }
}

/** Whether another response goes on with the answer from here. */
export function hasGoneOn(chunk: UIMessageChunk): boolean {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Only the agent itself writes this type, PROTOCOL.md §1.2.
  return chunk.type === "data-resumed" && (chunk.data as { readonly way: unknown }).way === "continued";
}

/** Another response ends the step. The provider may have none of what was said in it, by whatever name. */
function breakOff({ parts }: SaidStep): void {
  const kept = parts.filter((part) => !isToolUIPart(part) || part.providerExecuted !== true).map(withoutItemIds);
  parts.splice(0, parts.length, ...kept);
}

function emptyStep(others: Map<string, number>): SaidStep {
  return { parts: [], texts: [], calls: new Map(), others, begun: false, finished: false };
}

function count(counts: Map<string, number>, chunk: UIMessageChunk): void {
  const likeness = likenessOf(chunk);
  counts.set(likeness, (counts.get(likeness) ?? 0) + 1);
}

/**
 * What is the same of a chunk where it comes again in a replay. Of an application's own part that is all of it, as a digest, because a step may have megabytes of
 * them. Of any other it is the type: the AI SDK makes new ids for sources and approvals each time.
 */
export function likenessOf(chunk: UIMessageChunk): string {
  return chunk.type.startsWith("data-") ? createHash("sha256").update(chunkText(chunk)).digest("base64url") : chunk.type;
}

function reset({ parts, texts, calls, others }: SaidStep): void {
  parts.length = 0;
  texts.length = 0;
  calls.clear();
  others.clear();
}

/** Whether a step has a tool call that is whole, and that ends the step: its provider's own do not. */
export function hasCalls({ calls }: SaidStep): boolean {
  return [...calls.values()].some(({ state, byProvider }) => state !== "writing" && !byProvider);
}

/** What came of a tool call. */
export type ToolOutcome = Extract<UIMessageChunk, { type: "tool-output-available" | "tool-output-error" | "tool-output-denied" }>;

function isOutcome(chunk: UIMessageChunk): chunk is ToolOutcome {
  return chunk.type === "tool-output-available" || chunk.type === "tool-output-error" || chunk.type === "tool-output-denied";
}

/** Takes a call out of a step, which the log has and the model is not shown. */
export function dropCall({ parts, calls }: SaidStep, toolCallId: string): void {
  const at = parts.findIndex((part) => "toolCallId" in part && part.toolCallId === toolCallId);
  if (at !== -1) parts.splice(at, 1);
  calls.delete(toolCallId);
}

/** The newest text of this name: a name is free again once its text has ended. */
export function textOf(step: SaidStep, kind: SaidText["kind"], id: string): SaidText | undefined {
  return step.texts.findLast((text) => text.kind === kind && text.id === id);
}

function saysText(step: SaidStep, chunk: UIMessageChunk): boolean {
  switch (chunk.type) {
    case "text-start":
    case "reasoning-start":
      step.texts.push({ kind: kindOf(chunk.type), id: chunk.id, text: "", ended: false, named: chunk.providerMetadata !== undefined });
      return true;
    case "text-delta":
    case "reasoning-delta": {
      const text = textOf(step, kindOf(chunk.type), chunk.id);
      if (text !== undefined) text.text += chunk.delta;
      return true;
    }
    case "text-end":
    case "reasoning-end": {
      const text = textOf(step, kindOf(chunk.type), chunk.id);
      if (text !== undefined) text.ended = true;
      return true;
    }
    default:
      return false;
  }
}

function saysCall({ calls }: SaidStep, chunk: UIMessageChunk): boolean {
  switch (chunk.type) {
    case "tool-input-start":
    case "tool-input-available":
    case "tool-input-error": {
      const { toolCallId, toolName, providerExecuted } = chunk;
      const known = calls.get(toolCallId);
      const call: SaidCall = known ?? {
        toolCallId,
        toolName,
        byProvider: providerExecuted === true,
        inputText: "",
        input: undefined,
        state: "writing",
      };
      if (chunk.type !== "tool-input-start") {
        call.input = chunk.input;
        if (call.state !== "done") call.state = chunk.type === "tool-input-available" ? "waiting" : "done";
        if (call.inputText === "") call.inputText = JSON.stringify(chunk.input) ?? "";
      }
      calls.set(toolCallId, call);
      return true;
    }
    case "tool-input-delta": {
      const call = calls.get(chunk.toolCallId);
      if (call !== undefined) call.inputText += chunk.inputTextDelta;
      return true;
    }
    // These two have a place among the other chunks of a step, too: it may be replayed.
    case "tool-approval-request": {
      const call = calls.get(chunk.toolCallId);
      if (call !== undefined) {
        call.state = "approval";
        call.approvalId = chunk.approvalId;
      }
      return false;
    }
    case "tool-approval-response": {
      const call = [...calls.values()].find(({ approvalId }) => approvalId === chunk.approvalId);
      if (call !== undefined) call.state = "waiting";
      return false;
    }
    case "tool-output-available":
    case "tool-output-error":
    case "tool-output-denied": {
      const call = calls.get(chunk.toolCallId);
      if (call !== undefined && !(chunk.type === "tool-output-available" && chunk.preliminary === true)) call.state = "done";
      return true;
    }
    default:
      return false;
  }
}

export function kindOf(type: `${SaidText["kind"]}-${"start" | "delta" | "end"}`): SaidText["kind"] {
  return type.startsWith("text") ? "text" : "reasoning";
}
