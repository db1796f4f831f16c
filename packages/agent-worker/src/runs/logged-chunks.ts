import type { UIMessageChunk } from "ai";
import type { RunLog } from "./log.ts";

const READ_CHARS = 1_000_000;

/** What the log has of a run, in order; of a large log never all at once. @param n the run's */
export function* loggedChunks(log: RunLog, n: number): Generator<UIMessageChunk> {
  for (let after = 0; ;) {
    const batch = log.read(n, after, READ_CHARS);
    if (batch === undefined) return;
    for (const text of batch.chunks) {
      const chunk: UIMessageChunk = JSON.parse(text);
      yield chunk;
    }
    after += batch.chunks.length;
  }
}
