import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4FinishReason,
  LanguageModelV4Prompt,
  LanguageModelV4StreamPart,
} from "@ai-sdk/provider";

/** Two texts, which no two words of are the same. */
export const FIRST = "I shall look both of these up before I answer, which takes a moment of patience.";
export const SECOND = "Lisbon has eighteen degrees now. Oslo is colder, with only four of them, and a picture shows why that might be.";
export const THOUGHT = "Which towns were meant? Lisbon, and Oslo.";

const USAGE = {
  inputTokens: { total: 1, noCache: 1, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: 1, text: 1, reasoning: undefined },
};

function finish(unified: LanguageModelV4FinishReason["unified"]): LanguageModelV4StreamPart {
  return { type: "finish", finishReason: { unified, raw: unified }, usage: USAGE };
}

function words(text: string): string[] {
  return text.match(/\S+\s*/g) ?? [];
}

function textParts(id: string, text: string): LanguageModelV4StreamPart[] {
  return [
    { type: "text-start", id },
    ...words(text).map((delta) => ({ type: "text-delta" as const, id, delta })),
    { type: "text-end", id },
  ];
}

function reasoningParts(id: string, text: string): LanguageModelV4StreamPart[] {
  return [
    { type: "reasoning-start", id },
    ...words(text).map((delta) => ({ type: "reasoning-delta" as const, id, delta })),
    { type: "reasoning-end", id },
  ];
}

function callParts(town: string, id = `call-${town}`): LanguageModelV4StreamPart[] {
  const [toolName, input] = ["weather", JSON.stringify({ town })];
  const pieces = input.match(/.{1,6}/g) ?? [];
  return [
    { type: "tool-input-start", id, toolName },
    ...pieces.map((delta) => ({ type: "tool-input-delta" as const, id, delta })),
    { type: "tool-input-end", id },
    { type: "tool-call", toolCallId: id, toolName, input },
  ];
}

/** The towns that a prompt has a call for, in whatever step, and so an output of. */
function known(prompt: LanguageModelV4Prompt): Set<string> {
  const outputs = prompt.flatMap(({ role, content }) => (role === "tool" ? content.filter(({ type }) => type === "tool-result") : []));
  const towns = prompt.flatMap(({ role, content }) =>
    role === "assistant" ? content.flatMap((part) => (part.type === "tool-call" ? [(part.input as { town: string }).town] : [])) : [],
  );
  if (outputs.length !== towns.length) throw new Error(`The model was shown ${towns.length} calls, and ${outputs.length} outputs.`);
  return new Set(towns);
}

/** The end of the text that the model is asked to go on from. */
function anchor(prompt: LanguageModelV4Prompt): string | undefined {
  const last = prompt.at(-1);
  if (last?.role !== "user") return undefined;
  const text = last.content.map((part) => (part.type === "text" ? part.text : "")).join("");
  return /^Your answer was interrupted[^]*?words are:\n\n([^]*)\n\nWrite these/.exec(text)?.[1];
}

/** What comes of a text that is asked for from these words on. */
function from(text: string, words: string | undefined): string {
  if (words === undefined) return text;
  const at = text.indexOf(words);
  if (at === -1) throw new Error(`The model was asked to go on from "${words}", which it never wrote.`);
  return text.slice(at);
}

/**
 * An answer of two steps, with all that can be in one: reasoning, text, two calls of a tool, a file, a source. The same context gives the same words, and where the
 * model is asked to go on, it does, behind the words that it is given.
 */
export function answerFor(prompt: LanguageModelV4Prompt, step: number, numbersAnew = false): LanguageModelV4StreamPart[] {
  const begin: LanguageModelV4StreamPart[] = [
    { type: "stream-start", warnings: [] },
    { type: "response-metadata", id: `response-${step}` },
  ];
  const last = anchor(prompt);
  const towns = known(prompt);
  if (towns.size === 2) {
    const file: LanguageModelV4StreamPart = { type: "file", mediaType: "image/png", data: { type: "data", data: "AAAA" } };
    const source: LanguageModelV4StreamPart = { type: "source", sourceType: "url", id: "s", url: "https://example.com/", title: "Weather" };
    return [...begin, source, ...textParts("t", from(SECOND, last)), file, finish("stop")];
  }
  // A model that has said what it wanted to say calls its tools and says nothing again.
  const missing = ["Lisbon", "Oslo"].filter((town) => !towns.has(town));
  const said = towns.size > 0 ? [] : [...reasoningParts("r", THOUGHT), ...textParts("t", from(FIRST, last))];
  const calls = numbersAnew ? callParts(missing[0]!, "call_0") : missing.flatMap((town) => callParts(town));
  return [...begin, ...said, ...calls, finish("tool-calls")];
}

export interface BookOptions {
  /** Whether the provider can stream a response again. */
  readonly resumable: boolean;
  /** Whether it calls one tool in a step, and always by the same id. */
  readonly numbersAnew: boolean;
  /** Called before each part; the agent is dead while it does not settle. */
  readonly beforePart: () => Promise<void>;
  /** Each request that generates: what is paid. */
  readonly onAsked: (options: LanguageModelV4CallOptions) => void;
}

/** Responses by their ids, as the provider keeps them: they outlive agents. */
export type Responses = Map<string, readonly LanguageModelV4StreamPart[]>;

/** A model that answers from {@link answerFor}. */
export function bookModel(responses: Responses, { resumable, numbersAnew, beforePart, onAsked }: BookOptions): LanguageModelV4 {
  return {
    specificationVersion: "v4",
    provider: "test",
    modelId: "book",
    supportedUrls: {},
    doGenerate: () => Promise.reject(new Error("not used")),
    async doStream(options) {
      await beforePart();
      const again = options.headers?.["agent-resume-response"];
      let parts = again === undefined ? undefined : responses.get(again);
      if (again !== undefined && parts === undefined) throw new Error(`There is no response ${again}.`);
      if (parts === undefined) {
        onAsked(options);
        parts = answerFor(options.prompt, responses.size, numbersAnew);
        responses.set(`response-${responses.size}`, parts);
      }
      const given = parts[Symbol.iterator]();
      return {
        ...(resumable && { response: { headers: { "agent-resumable": "1" } } }),
        stream: new ReadableStream({
          async pull(controller) {
            const { done, value } = given.next();
            if (done === true) return controller.close();
            await beforePart();
            controller.enqueue(value);
          },
        }),
      };
    },
  };
}
