import { APICallError } from "@ai-sdk/provider";

/** As workerd words a connection that was refused, and one that broke. */
const NETWORK_LOST = /^Network connection lost\b/;

const unreached = new WeakSet<Error>();
const perhapsTaken = new WeakSet<Error>();

/** Whether this was thrown before the model had begun to answer. */
export function failedBeforeAnswer(error: unknown): error is Error {
  return error instanceof Error && unreached.has(error);
}

/** Marks an error of a request that may have been taken all the same, and goes on there for whoever asks for it: another one would be paid for besides. */
export function markPerhapsTaken(error: unknown): void {
  if (error instanceof Error) perhapsTaken.add(error);
}

/**
 * Where the network fails before a model has begun to answer, the AI SDK asks again, as often as `maxRetries` says. It knows such errors by the words of
 * Node and of Bun, and not by workerd's.
 *
 * @param asksAgain whether it is to; what takes an answer up again counts its own tries
 */
export async function unlessUnreached<T>(answer: PromiseLike<T>, asksAgain: boolean): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    unreached.add(error);
    if (!asksAgain || !NETWORK_LOST.test(error.message) || perhapsTaken.has(error)) throw error;
    throw new APICallError({
      message: `The model could not be reached: ${error.message}`,
      cause: error,
      url: "",
      requestBodyValues: {},
      isRetryable: true,
    });
  }
}
