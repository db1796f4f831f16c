import type { MessageParts } from "agents/chat";
import { isToolUIPart, type UIMessage } from "ai";
import { textOfInput } from "../wire/input-text.ts";
import { withoutItemIds } from "./item-ids.ts";
import { withOutcomes } from "./outcomes.ts";
import { hasCalls, type PartialAnswer, type SaidStep, type SaidText } from "./partial-answer.ts";
import type { Way } from "./rejoin.ts";
import { anchorOf } from "./text-join.ts";

/** What a model is told of a call of which nobody knows whether it took effect. */
export const UNKNOWN_OUTCOME =
  "It is not known whether this call took effect: the answer was interrupted while it ran. Do not assume that it did, or that it did not.";

/** What a model is asked with, so that it goes on with an answer. */
export interface ContinuedContext {
  readonly messages: readonly UIMessage[];
  /** The text that goes on: the one that it was asked to go on with, or one that was begun and has no word yet. */
  readonly joined: SaidText | undefined;
  /** Inputs that no step was given yet. */
  readonly waiting: readonly unknown[];
}

/**
 * The context of an answer, and the answer as far as it came, behind it. Where a step is replayed, it is not shown: the model says it.
 *
 * @param context what the run began with
 */
export function continuedContext(context: readonly UIMessage[], answer: PartialAnswer, way: Way): ContinuedContext {
  const { open } = answer;
  const lastStep = answer.items.findLastIndex((item) => "step" in item);
  const messages = withOutcomes(context, answer.outcomes);
  let parts: MessageParts = [];
  const flush = (): void => {
    if (parts.length > 0) messages.push({ id: crypto.randomUUID(), role: "assistant", parts });
    parts = [];
  };
  const waiting: unknown[] = [];
  for (const [index, item] of answer.items.entries()) {
    if ("step" in item) {
      const said = way === "replayed" && item.step === open ? [] : partsForModel(item.step);
      if (said.length > 0) parts.push({ type: "step-start" }, ...said);
    } else if (index > lastStep) {
      waiting.push(item.input);
    } else {
      // A step was given it, as the user's words.
      const text = textOfInput(item.input);
      if (text === undefined) continue;
      flush();
      messages.push(userMessage(text));
    }
  }
  // A step whose calls are whole is over.
  const endsInText = way === "continued" && open !== undefined && !hasCalls(open) && parts.at(-1)?.type === "text";
  const quoted = endsInText ? open.texts.findLast(({ kind, text }) => kind === "text" && text.trim() !== "") : undefined;
  flush();
  if (quoted !== undefined) messages.push(userMessage(goOnFrom(anchorOf(quoted.text.trimEnd()))));
  return { messages, joined: quoted ?? (way === "continued" ? begunText(open) : undefined), waiting };
}

/** A text that readers know of, and that has no word: they wait for it under its name. */
function begunText(step: SaidStep | undefined): SaidText | undefined {
  const last = step?.texts.at(-1);
  if (step === undefined || last === undefined || hasCalls(step)) return undefined;
  return last.kind === "text" && !last.ended && last.text.trim() === "" ? last : undefined;
}

const GO_ON = "Your answer was interrupted by a technical fault. Its last words are:";

/** What the model is asked where a text broke off. It is given the last words, so that the two texts can be put together. */
export function goOnFrom(anchor: string): string {
  return `${GO_ON}\n\n${anchor}\n\nWrite these words again, exactly, and go on with the answer from there. Say nothing of the interruption.`;
}

/** Whether it is {@link goOnFrom} that a user seems to have said. */
export function asksToGoOn(message: UIMessage | undefined): boolean {
  return message?.role === "user" && message.parts.some((part) => part.type === "text" && isGoOn(part.text));
}

export function isGoOn(text: string): boolean {
  return text.startsWith(GO_ON);
}

/** A step as the model may be shown it. */
function partsForModel(step: SaidStep): MessageParts {
  if (step.finished) return step.parts.filter((part) => part.type !== "step-start").map(settled);
  // Providers that sign what they reasoned want it beside the calls that came of it.
  const called = hasCalls(step);
  return step.parts.flatMap((given): MessageParts => {
    const part = withoutItemIds(given);
    if (part.type === "text") return part.text.trim() === "" ? [] : [part];
    if (part.type === "file") return [part];
    if (part.type === "reasoning") return called && part.state === "done" && part.providerMetadata !== undefined ? [part] : [];
    if (!isToolUIPart(part) || part.state === "input-streaming" || part.providerExecuted === true) return [];
    return [settled(part)];
  });
}

/** A call that waits for its output cannot be shown to a model. */
function settled<Part extends MessageParts[number]>(part: Part): Part {
  if (!isToolUIPart(part) || part.state !== "input-available") return part;
  return { ...part, state: "output-error", errorText: UNKNOWN_OUTCOME };
}

function userMessage(text: string): UIMessage {
  return { id: crypto.randomUUID(), role: "user", parts: [{ type: "text", text }] };
}
