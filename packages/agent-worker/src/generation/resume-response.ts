import type { LanguageModelV4Middleware, LanguageModelV4StreamPart } from "@ai-sdk/provider";
import { APICallError } from "ai";
import { NotReplayableError, type Generation } from "../runs/generation.ts";
import { RESUMABLE_HEADER, RESUME_HEADER } from "./resume-headers.ts";

/**
 * Keeps the id of a response that its provider can stream again, and asks for that where the step is replayed.
 *
 * What can be streamed again says so in a header: see `backgroundResponses`.
 */
export function resumeResponses({ keep, interrupted }: Pick<Generation, "keep" | "interrupted">): LanguageModelV4Middleware {
  // The first answer only: the steps behind it are new.
  let response = interrupted?.way === "replayed" ? keptIn(interrupted.kept) : undefined;
  const unusable = interrupted?.way === "replayed" && response === undefined;
  return {
    specificationVersion: "v4",
    async wrapStream({ doStream, model, params }) {
      if (unusable) throw new NotReplayableError("What was kept names no response.");
      const resumed = response?.response;
      // A deploy may have changed the model.
      if (response !== undefined && response.model !== model.modelId) throw new NotReplayableError("It was another model's.");
      const answer =
        resumed === undefined
          ? await doStream()
          : await replayed(model.doStream({ ...params, headers: { ...params.headers, [RESUME_HEADER]: resumed } }));
      // Not before: what fails is tried again, and must not be a new request then.
      response = undefined;
      const resumable = answer.response?.headers?.[RESUMABLE_HEADER] !== undefined;
      if (resumed !== undefined && !resumable) {
        await answer.stream.cancel();
        throw new NotReplayableError("The provider's client does not take up responses.");
      }
      const note = (id: string): void => keep?.({ response: id, model: model.modelId } satisfies Kept);
      return resumable ? { ...answer, stream: noting(answer.stream, note) } : answer;
    },
  };
}

/** A refusal is final; what else fails is tried again as any request. */
async function replayed<Answer>(answer: PromiseLike<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    if (!APICallError.isInstance(error) || error.isRetryable) throw error;
    throw new NotReplayableError("The provider does not have the response.", { cause: error });
  }
}

function noting(stream: ReadableStream<LanguageModelV4StreamPart>, note: (id: string) => void): ReadableStream<LanguageModelV4StreamPart> {
  let noted = false;
  return stream.pipeThrough(
    new TransformStream({
      transform(part, controller) {
        if (!noted && part.type === "response-metadata" && part.id !== undefined) {
          noted = true;
          note(part.id);
        }
        controller.enqueue(part);
      },
    }),
  );
}

interface Kept {
  readonly response: string;
  readonly model: string;
}

function keptIn(kept: unknown): Kept | undefined {
  const { response, model }: { response?: unknown; model?: unknown } = Object(kept);
  return typeof response === "string" && typeof model === "string" ? { response, model } : undefined;
}
