import { reportFailedSetting } from "../observability/observe.ts";
import { misconfigured, RequestError } from "./errors.ts";

/**
 * What a hook of the author's says that has to answer at once.
 *
 * @throws RequestError the author's own refusal, or `misconfigured`, which names the hook
 */
export function askAuthor<Given>(hook: string, ask: () => Given): Given {
  let given: Given;
  try {
    given = ask();
  } catch (error) {
    throw failed(hook, error);
  }
  if (!isPromise(given)) return given;
  // Else nobody would look at it, and its members would be those of no setting: the defaults would stand, without a word.
  given.then(undefined, (error: unknown) => void failed(hook, error));
  throw misconfigured(`${hook}() gave a promise. It must answer at once: it cannot be async.`);
}

function failed(hook: string, error: unknown): RequestError {
  const isRefusal = error instanceof RequestError;
  // That one names its setting. Whoever is refused with it tells of it.
  if (isRefusal && error.body.code === "misconfigured") return error;
  reportFailedSetting(hook, error, failedHook(hook));
  return isRefusal ? error : misconfigured(failedHook(hook));
}

/** What is said to whoever is refused because a hook has failed. */
export function failedHook(hook: string): string {
  return `${hook}() of the agent's class has failed. Its log names the kind of error and the place.`;
}

function isPromise(given: unknown): given is PromiseLike<unknown> {
  return typeof given === "object" && given !== null && "then" in given && typeof given.then === "function";
}
