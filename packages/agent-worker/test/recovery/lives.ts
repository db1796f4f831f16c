import type { RunFailure, RunInput } from "@agent-transports/protocol";
import { readUIMessageStream, type UIMessage, type UIMessageChunk } from "ai";
import type { Recovery } from "../../src/recovery/bounds.ts";
import { AskedLimits } from "../../src/runs/asked-limits.ts";
import type { Interruption } from "../../src/runs/hooks.ts";
import { Conversation } from "../../src/runs/conversation.ts";
import type { Generation } from "../../src/runs/generation.ts";
import { RunLog, type RunRecord } from "../../src/runs/log.ts";
import { Runs } from "../../src/runs/runs.ts";
import { DEFAULT_LIMITS, type Limits } from "../../src/wire/limits.ts";
import { TestSql } from "../sql-storage.ts";

export type Chunks = (generation: Generation) => AsyncIterable<UIMessageChunk>;

export interface Given {
  readonly recovery?: Partial<Recovery>;
  readonly recover?: (interruption: Interruption) => boolean;
  readonly level?: "event" | "behind";
  readonly limits?: Limits;
  /** Hears what an author is asked to describe. */
  readonly describe?: (error: unknown) => void;
  /** An author's others, and the runtime's. */
  readonly hooks?: Partial<Omit<ConstructorParameters<typeof Runs>[2], "limits"> & { readonly limits: () => Limits }>;
}

/** An agent over some storage, whose generations are those of an author. */
export function agent(
  sql: Pick<TestSql, "storage">,
  generate: Chunks,
  { recovery = {}, recover = () => true, level = "event", limits = DEFAULT_LIMITS, describe, hooks = {} }: Given = {},
) {
  const work: Promise<void>[] = [];
  const log = new RunLog(sql.storage);
  const conversation = new Conversation(sql.storage);
  const runs = new Runs(log, conversation, {
    generate,
    describeError: (error): RunFailure => {
      describe?.(error);
      return { code: "internal", message: String(error) };
    },
    keepAlive: (begin) => void work.push(begin()),
    ended: () => undefined,
    durability: () => ({ level }),
    observe: () => undefined,
    recovery: () => recovery,
    recover,
    durable: () => new Promise((resolve) => setImmediate(resolve)),
    ...hooks,
    limits: new AskedLimits(hooks.limits ?? (() => limits)),
  });
  return {
    log,
    runs,
    conversation,
    start: (input: RunInput = { prompt: "Hello" }): RunRecord => runs.start({ input }, null, () => true).run,
    ended: () => Promise.all(work),
    chunks: ({ n }: RunRecord) => (log.read(n, 0, 1_000_000)?.chunks ?? []).map((text) => JSON.parse(text) as UIMessageChunk),
  };
}

export const never = (): Promise<never> => new Promise(() => undefined);

/** A generation whose agent dies. */
export interface Dying extends Chunks {
  /** Resolves when all that it said is in the log, and nothing more comes. */
  readonly dead: Promise<void>;
}

/** A generation that says this, and then its agent is dead. */
export function dying(...chunks: readonly UIMessageChunk[]): Dying {
  return lastWords(async function* () {
    yield* chunks;
  });
}

/** The same of any generation. */
export function lastWords(said: Chunks): Dying {
  const dead = Promise.withResolvers<void>();
  const generate: Chunks = async function* (generation) {
    yield* said(generation);
    await new Promise((resolve) => setTimeout(resolve, 5)); // They are in the log: its timer is the earlier and the shorter one.
    dead.resolve();
    yield await never();
  };
  return Object.assign(generate, { dead: dead.promise });
}

/** What goes on in the next life, and what it was given. */
export async function nextLife(sql: TestSql, generate: Chunks, given?: Given) {
  const next = agent(sql, generate, given);
  next.runs.recover();
  await next.ended();
  return next;
}

export async function deadAfter(
  chunks: readonly UIMessageChunk[],
  given?: Given,
  input?: RunInput,
): Promise<{ sql: TestSql; run: RunRecord }> {
  const sql = new TestSql();
  const last = dying(...chunks);
  const run = agent(sql, last, given).start(input);
  await last.dead;
  return { sql, run };
}

export async function* say(text: string): AsyncGenerator<UIMessageChunk> {
  yield { type: "start" };
  yield { type: "start-step" };
  yield { type: "text-start", id: "0" };
  yield { type: "text-delta", id: "0", delta: text };
  yield { type: "text-end", id: "0" };
  yield { type: "finish-step" };
  yield { type: "finish", finishReason: "stop" };
}

export const BEGUN: readonly UIMessageChunk[] = [{ type: "start", messageId: "m" }, { type: "start-step" }];
export const HALF: readonly UIMessageChunk[] = [
  ...BEGUN,
  { type: "text-start", id: "0" },
  { type: "text-delta", id: "0", delta: "The first half of it, " },
];
export const WHOLE = "The first half of it, and the second.";

export function textIn(chunks: readonly UIMessageChunk[]): string {
  return chunks.map((chunk) => (chunk.type === "text-delta" ? chunk.delta : "")).join("");
}

export async function shown(chunks: readonly UIMessageChunk[]): Promise<UIMessage | undefined> {
  let message: UIMessage | undefined;
  const stream = new ReadableStream<UIMessageChunk>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
  for await (const next of readUIMessageStream({ stream })) message = next;
  return message;
}
