import { getToolName, isToolUIPart, type FileUIPart, type LanguageModel, type ReasoningFileUIPart, type ToolSet, type UIMessage } from "ai";
import { tellOperator } from "../observability/observe.ts";
import { UNKNOWN_OUTCOME } from "../recovery/context.ts";
import { withoutItemIds } from "../recovery/item-ids.ts";
import { DROPPED_CALL } from "../recovery/partial-answer.ts";
import { invalidRequest } from "../wire/errors.ts";

type Part = UIMessage["parts"][number];
type SteeringMessage = Extract<Part, { type: "steering-message" }>;
type SaidPart = Part | SteeringMessage["parts"][number];

/** What the AI SDK fetches where a model does not. */
const WEB: ReadonlySet<string> = new Set(["http:", "https:"]);
/** What a provider may have its own way to. */
const STORES: ReadonlySet<string> = new Set(["gs:", "s3:"]);

/** What stands for a user's message of which a model can be shown nothing, so that turns still alternate. */
export const NOTHING_SHOWN = "(This message had nothing that you can be shown.)";

/**
 * A conversation as a model can be given it. The AI SDK refuses a whole conversation by one part that it cannot convert. What is in the
 * conversation by then would fail each later run, too. So only what is new is refused, and what is older is left out.
 *
 * @param tools of which some run in the agent
 * @throws RequestError `invalid_request`, where the newest message cannot be given to this model
 */
export async function messagesForModel(
  messages: readonly UIMessage[],
  model: LanguageModel,
  tools: Readonly<ToolSet> = {},
): Promise<UIMessage[]> {
  // One that is named by a string is the gateway's, which passes every URL on.
  const taken = typeof model === "string" ? [/^/] : Object.values(await model.supportedUrls).flat();
  const isShown = (part: SaidPart): boolean => !isFile(part) || canBeGiven(part, taken);
  if (messages.at(-1)?.role === "system")
    throw invalidRequest("The newest message has the role system. What this model is told beforehand is the agent's to say.");
  const newest = messages.findLastIndex(({ role }) => role === "user");
  const shown: UIMessage[] = [];
  for (const [at, message] of messages.entries()) {
    if (message.role === "system") {
      tellOperator("A message of the role system is not shown to the model. Did you mean the setting `instructions` of generateWith?");
    } else if (message.role === "assistant") {
      shown.push({ ...message, parts: answered(message.parts, at === messages.length - 1, isShown, tools) });
    } else if (at === newest) {
      if (!message.parts.every(isShown))
        throw invalidRequest(
          "A file of the newest message cannot be given to the model. Its url must be http:, https:, or data: with base64.",
        );
      shown.push(message);
    } else {
      const parts = without(message.parts, isShown);
      shown.push({ ...message, parts: parts.some(saysSomething) ? parts : [{ type: "text", text: NOTHING_SHOWN }] });
    }
  }
  return shown;
}

function isFile(part: SaidPart): part is FileUIPart | ReasoningFileUIPart {
  return part.type === "file" || part.type === "reasoning-file";
}

function saysSomething(part: SaidPart): boolean {
  return part.type === "file" || (part.type === "text" && part.text !== "");
}

function without<Given extends SaidPart>(parts: readonly Given[], isShown: (part: SaidPart) => boolean): Given[] {
  const kept = parts.filter(isShown);
  if (kept.length < parts.length)
    tellOperator("A file of the conversation is not shown to the model. Its url is not http:, https:, or data: with base64.");
  return kept;
}

/** @param isLast whether nothing was said behind it, so that a call that was approved in its last step is still to run */
function answered(given: readonly Part[], isLast: boolean, isShown: (part: SaidPart) => boolean, tools: Readonly<ToolSet>): Part[] {
  const steps = stepsOf(without(given, isShown).map((part) => (part.type === "steering-message" ? steering(part, isShown) : part)));
  const last = steps.findLastIndex((step) => step.some(({ type }) => type !== "step-start"));
  return steps.flatMap((step, at) => {
    const parts = shownOf(at === last ? step : step.map(final), tools);
    return isLast && at === last ? parts : parts.map(settled);
  });
}

/** A step without what no model can be given. */
function shownOf(step: readonly Part[], tools: Readonly<ToolSet>): Part[] {
  const told = step.map((part) => toldOf(part, tools));
  const kept = withoutLastThoughts(told.filter((part) => !isIncomplete(part)));
  const isBroken = step.some((part, at) => isBrokenOff(part) || part !== told[at]);
  if (kept.length === step.length && !isBroken && !step.some(isIncomplete)) return kept;
  // OpenAI refuses what it is to look up and has not, which may be all of a response that was broken off. What its own tools gave is looked up by the call's id. It
  // refuses reasoning, too, that it knows by an id, and behind which the call is missing that came of it.
  return withoutLastThoughts(kept.filter((part) => !(isBroken && isProviders(part)) && !isBlank(part)).map(withoutItemIds));
}

/** Another step follows: what a tool gave was all. An earlier version kept it as preliminary. */
function final(part: Part): Part {
  if (!isToolUIPart(part) || part.state !== "output-available" || part.preliminary !== true) return part;
  const { preliminary: _preliminary, ...given } = part;
  return given;
}

/** Anthropic takes no message that ends with a thought, and OpenAI no thought behind which nothing came of it. */
function withoutLastThoughts(parts: readonly Part[]): Part[] {
  const last = parts.findLastIndex(
    (part) => isToolUIPart(part) || part.type === "file" || part.type === "custom" || (part.type === "text" && !isBlank(part)),
  );
  return parts.filter(({ type }, at) => at < last || (type !== "reasoning" && type !== "reasoning-file"));
}

/** A user's words within an answer. */
function steering(message: SteeringMessage, isShown: (part: SaidPart) => boolean): Part {
  const parts = without(message.parts, isShown);
  return { ...message, parts: parts.some(saysSomething) ? parts : [{ type: "text", text: NOTHING_SHOWN }] };
}

/** As the AI SDK splits an answer: a step ends with its tools' outputs, and so does what stands before a user's words. */
function stepsOf(parts: readonly Part[]): Part[][] {
  const steps: Part[][] = [];
  for (const part of parts) {
    if (steps.length === 0 || part.type === "step-start") steps.push([part]);
    else if (part.type === "steering-message") steps.push([part], []);
    else steps.at(-1)!.push(part);
  }
  return steps;
}

function isBlank(part: Part): boolean {
  return part.type === "text" && part.text.trim() === "";
}

/** What only a response has that was broken off. A call that waits for its client, or for a person, is no sign of that. */
function isBrokenOff(part: Part): boolean {
  if (part.type === "reasoning") return part.state === "streaming";
  // Where another response went on with it, their text has no name.
  if (part.type === "text")
    return part.state === "streaming" || (part.providerMetadata !== undefined && Object.keys(part.providerMetadata).length === 0);
  if (!isToolUIPart(part)) return false;
  if (part.state === "input-streaming" || (part.state === "output-error" && part.errorText === DROPPED_CALL)) return true;
  return part.providerExecuted === true && part.state !== "approval-requested" && isIncomplete(part);
}

/** A call that the provider ran itself. That a person approved one is new to the provider, in any case. */
function isProviders(part: Part): boolean {
  return isToolUIPart(part) && part.providerExecuted === true && part.state !== "approval-responded";
}

/** A call of the agent's own that has no output may have run. A model that was not told would make it again. */
function toldOf(part: Part, tools: Readonly<ToolSet>): Part {
  if (!isToolUIPart(part) || part.providerExecuted === true) return part;
  const name = getToolName(part);
  if (!Object.hasOwn(tools, name) || tools[name]?.execute === undefined) return part;
  if (part.state === "input-available") return { ...part, state: "output-error", errorText: UNKNOWN_OUTCOME };
  if (part.state !== "output-available" || part.preliminary !== true) return part;
  const { output: _output, preliminary: _preliminary, ...call } = part;
  return { ...call, state: "output-error", errorText: UNKNOWN_OUTCOME };
}

/** A call of which nobody gave the output; of an answer that was cut short, a thought that has no end, and a text that has no word. */
function isIncomplete(part: Part): boolean {
  // Providers sign what they reasoned at its end, and some refuse a message of which nothing is left without it.
  if (part.type === "reasoning") return part.state === "streaming";
  if (part.type === "text") return part.state === "streaming" && isBlank(part);
  if (!isToolUIPart(part)) return false;
  // Its input is half a text, and the model was asked for it anew.
  if (part.state === "output-error") return part.errorText === DROPPED_CALL;
  if (part.state === "output-available") return part.preliminary === true;
  return part.state === "input-streaming" || part.state === "input-available" || part.state === "approval-requested";
}

/** A call that a person approved, and that the conversation has gone past. It may have begun to run. */
function settled(part: Part): Part {
  if (!isToolUIPart(part) || part.state !== "approval-responded" || !part.approval.approved || part.providerExecuted === true) return part;
  return { ...part, state: "output-error", errorText: UNKNOWN_OUTCOME, approval: { ...part.approval, approved: true } };
}

/** @param taken which URLs the model itself reads */
function canBeGiven(part: FileUIPart | ReasoningFileUIPart, taken: readonly RegExp[]): boolean {
  // The AI SDK then looks at no URL.
  if (part.type === "file" && part.providerReference != null) return true;
  if (!URL.canParse(part.url)) return false;
  const { protocol, href } = new URL(part.url);
  if (protocol === "data:") return isBase64(href.split(",")[1]);
  return WEB.has(protocol) || (STORES.has(protocol) && taken.some((urls) => urls.test(href)));
}

/** The AI SDK takes a `data:` URL's content for base64, of either alphabet, whatever stands before it. */
function isBase64(content: string | undefined): boolean {
  if (content === undefined) return false;
  try {
    atob(content.replaceAll("-", "+").replaceAll("_", "/"));
    return true;
  } catch {
    return false;
  }
}
