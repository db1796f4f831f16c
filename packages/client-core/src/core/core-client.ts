import { isKey, isRunId, parseEventId, type ChunkLike, type RunInput } from "@agent-transports/protocol";
import { abortedError } from "../errors/failures.ts";
import type { CoreClient, CoreResumeOptions, CoreRun, CoreRunOptions, CoreStartOptions } from "../interface/client.ts";
import type { LinkSettings } from "../link/link.ts";
import { randomKey } from "../run/random-key.ts";
import { invalid } from "./core-options.ts";
import { pullRun, type Connect, type Target } from "./core-run.ts";

/** The small client of either transport. */
export function makeCoreClient<Default extends ChunkLike>(settings: LinkSettings, connect: Connect): CoreClient<Default> {
  const runs = new Set<{ close(): void }>();
  let closed: Target | undefined;

  function follow<Chunk extends ChunkLike>(target: Target, options?: CoreRunOptions): CoreRun<Chunk> {
    // There is nothing to tell of it, and nobody is told: whoever begins another run when one fails would do so for ever.
    if (closed) return pullRun(connect, settings, closed, () => undefined);
    const run: ReturnType<typeof pullRun<Chunk>> = pullRun(connect, settings, target, () => runs.delete(run), options);
    runs.add(run);
    return run;
  }

  function close(): void {
    closed = { invalid: abortedError() };
    for (const run of runs) run.close();
  }

  return {
    start: <Chunk extends ChunkLike = Default>(input: RunInput, options?: CoreStartOptions): CoreRun<Chunk> =>
      follow(startOf(input, options?.key), options),
    resume: <Chunk extends ChunkLike = Default>(id: string, options?: CoreResumeOptions): CoreRun<Chunk> =>
      follow(resumeOf(id, options?.after), options),
    close,
    [Symbol.dispose]: close,
  };
}

/** @returns what is to be followed; what is wrong fails the run, as whatever goes wrong later: an application has one place for both */
function startOf(given: unknown, key: string = randomKey()): Target {
  if (!isKey(key)) return { invalid: invalid("key") };
  try {
    const input = JSON.stringify(given);
    // Of `undefined`, JSON makes nothing.
    if (input.startsWith("{")) return { start: { key, input } };
  } catch {
    // Said below.
  }
  return { invalid: invalid("input", "invalid_input") };
}

function resumeOf(id: string, after: string | undefined): Target {
  if (!isRunId(id)) return { invalid: invalid("id") };
  if (after === undefined || after === "") return { id };
  if (typeof after === "string" && parseEventId(after) !== undefined) return { id, cursor: after };
  return { invalid: invalid("after", "cannot_resume", "malformed") };
}
