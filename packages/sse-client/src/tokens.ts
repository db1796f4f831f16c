import type { FollowedRun } from "@agent-transports/client-core";
import { isChunk, type ChunkLike } from "@agent-transports/protocol";

/** Of longer strings V8 makes slices, which would keep all of what came with them in memory. */
const COPIED = 12;

const LF = 10;

/** Takes tokens of one part into a run from the text of its event stream. @returns where the first event begins that it did not take */
type TakeTokens = (text: string, start: number) => number;

/**
 * A token is what nearly every event is, in just this form. It is taken in less time than the parser and `JSON.parse` need. They are left with all else: what has
 * another form, and what is not the next event.
 *
 * @param epoch the run's: of the grammar (PROTOCOL.md §1) nothing in it means something in a pattern
 * @param part a text part's id
 * @returns `undefined` for an id that is more than letters, digits, `_` and `-`
 */
export function tokensOf<Chunk extends ChunkLike>(
  run: Pick<FollowedRun<Chunk>, "takeAt">,
  epoch: string,
  part: string,
): TakeTokens | undefined {
  if (/[^\w-]/.test(part)) return undefined;
  const before = `id: ${epoch}`;
  const between = `\ndata: {"type":"text-delta","id":"${part}","delta":"`;
  // In a string of JSON neither quote, backslash nor control character stands for itself.
  const token = new RegExp(`${before}\\.[1-9]\\d*${between.replace("{", "\\{")}[^"\\\\\\0-\\x1f]*"\\}\n\n`, "y");
  return (text, start) => {
    for (let at = start; ;) {
      token.lastIndex = at;
      // `exec` would make an array, and a string of the whole.
      if (!token.test(text)) return at;
      let digit = at + before.length + 1;
      let seq = 0;
      for (let code = 0; (code = text.charCodeAt(digit)) !== LF; digit += 1) seq = seq * 10 + code - 48;
      const delta = text.slice(digit + between.length, token.lastIndex - 4);
      const chunk: unknown = { type: "text-delta", id: part, delta };
      const id = text.slice(at + 4, digit);
      if (delta.length > COPIED || !isChunk<Chunk>(chunk) || run.takeAt(epoch, seq, chunk, id) !== "next") return at;
      at = token.lastIndex;
    }
  };
}
