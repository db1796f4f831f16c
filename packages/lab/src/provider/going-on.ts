import type { Reply, ReplySource } from "./reply.ts";

/** What a model writes, a word each `everyMs`; asked to go on behind its own last words, it begins with those. */
export function goingOn(words: readonly string[], everyMs: number): ReplySource {
  return (request) => replyFrom(words, everyMs, lastWords(request));
}

/** @throws Error where the model never wrote what it is to go on from */
function replyFrom(words: readonly string[], everyMs: number, last: string | undefined): Reply {
  const text = words.join("");
  const at = last === undefined ? 0 : text.lastIndexOf(last);
  if (at === -1) throw new Error(`The model was asked to go on from "${last}", which it never wrote.`);
  const tokens = text.slice(at).match(/\S+\s*/g) ?? [];
  return { tokens, dueMs: tokens.map((_, index) => index * everyMs) };
}

/** The words that the model is asked to repeat, where it is asked to go on. */
export function lastWords(request: unknown): string | undefined {
  const found = /Your answer was interrupted[^"]*?words are:\\n\\n([^"]*?)\\n\\nWrite these/.exec(JSON.stringify(request))?.[1];
  if (found === undefined) return undefined;
  const words: unknown = JSON.parse(`"${found}"`);
  return String(words);
}
