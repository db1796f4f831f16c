import type { LanguageModelV4Message, LanguageModelV4Middleware, LanguageModelV4Prompt } from "@ai-sdk/provider";
import { APICallError, createDownload, UnsupportedFunctionalityError, type Experimental_DownloadFunction, type UIMessage } from "ai";
import { tellOperator } from "../observability/observe.ts";
import { invalidRequest } from "../wire/errors.ts";

/** What stands for a file of the conversation that the model cannot be given, or can no longer. */
export const FILE_NOT_SHOWN = "(There was a file here that you cannot be shown.)";

/** A provider that cannot read what it was sent. Others refuse a key, or are too busy. */
const REFUSES_CONTENT: ReadonlySet<number | undefined> = new Set([400, 413, 415, 422]);

/**
 * The files of older messages. Only a try tells whether a link still leads to something, and whether a provider reads such a file. Where
 * it does not, the run goes on without them. Otherwise each later run would fail by a file that was once sent.
 */
export class OlderFiles {
  readonly #get = createDownload();
  readonly #newest: ReadonlySet<string>;
  readonly #gone: Set<string> = new Set();

  constructor(messages: readonly UIMessage[]) {
    const parts = messages.findLast(({ role }) => role === "user")?.parts ?? [];
    this.#newest = new Set(parts.flatMap((part) => (part.type === "file" && URL.canParse(part.url) ? [new URL(part.url).href] : [])));
  }

  /** As the AI SDK fetches what the model does not fetch itself. */
  readonly download: Experimental_DownloadFunction = (requested) =>
    Promise.all(
      requested.map(async ({ url, isUrlSupportedByModel, abortSignal }) => {
        if (isUrlSupportedByModel) return null;
        try {
          return await this.#get({ url, ...(abortSignal === undefined ? {} : { abortSignal }) });
        } catch (error) {
          if (abortSignal?.aborted === true || this.#newest.has(url.href)) throw error;
          tellOperator("A file of the conversation could not be fetched, and is not shown to the model.");
          this.#gone.add(url.href);
          return null;
        }
      }),
    );

  readonly middleware: LanguageModelV4Middleware = {
    specificationVersion: "v4",
    transformParams: async ({ params }) =>
      this.#gone.size === 0 ? params : { ...params, prompt: withoutFiles(params.prompt, Infinity, (file) => this.#isGone(file)) },
    wrapStream: async ({ doStream, model, params }) => {
      try {
        return await doStream();
      } catch (error) {
        if (!refusesContent(error)) throw error;
        const newest = params.prompt.findLastIndex(({ role }) => role === "user");
        const prompt = withoutFiles(params.prompt, newest, () => true);
        if (isSame(prompt, params.prompt)) throw refusalOf(error, params.prompt[newest]);
        tellOperator("The model's provider does not read a file of the conversation. It is asked without the files of older messages.");
        try {
          return await model.doStream({ ...params, prompt });
        } catch (again) {
          throw refusalOf(again, params.prompt[newest]);
        }
      }
    },
  };

  #isGone({ data }: FilePart): boolean {
    return data.type === "url" && this.#gone.has(data.url.href);
  }
}

type FilePart = Extract<Extract<LanguageModelV4Message, { role: "user" }>["content"][number], { type: "file" }>;

function refusesContent(error: unknown): boolean {
  return UnsupportedFunctionalityError.isInstance(error) || (APICallError.isInstance(error) && REFUSES_CONTENT.has(error.statusCode));
}

/** Of what the provider's client refuses by itself, a person can be told. */
function refusalOf(error: unknown, newest: LanguageModelV4Message | undefined): unknown {
  const hasFile = newest?.role === "user" && newest.content.some(({ type }) => type === "file");
  if (!hasFile || !UnsupportedFunctionalityError.isInstance(error)) return error;
  return invalidRequest("The model cannot be given a file of this type, which the newest message has.");
}

/** @param end the message before which files may be taken out */
function withoutFiles(prompt: LanguageModelV4Prompt, end: number, isUnwanted: (file: FilePart) => boolean): LanguageModelV4Prompt {
  const shown = <Given extends { readonly type: string }>(part: Given): Given | { type: "text"; text: string } =>
    isFile(part) && isUnwanted(part) ? { type: "text", text: FILE_NOT_SHOWN } : part;
  return prompt.map((message, at) =>
    at >= end || message.role !== "user" || !message.content.some((part) => isFile(part) && isUnwanted(part))
      ? message
      : { ...message, content: message.content.map(shown) },
  );
}

function isFile(part: { readonly type: string }): part is FilePart {
  return part.type === "file";
}

function isSame(one: LanguageModelV4Prompt, other: LanguageModelV4Prompt): boolean {
  return one.every((message, at) => message === other[at]);
}
