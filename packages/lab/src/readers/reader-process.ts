/** Readers in a process of their own: what they take is theirs, and not the provider's or the proxy's. Forked by `readers.ts`. */
import type { ConnectionState, Run, RunEvent } from "@agent-transports/client-core";
import { createClient } from "../clients.ts";
import { IntegrityChecker } from "../integrity/index.ts";
import { tokenIndices } from "../provider/tokens.ts";
import { machineNow } from "./clock.ts";
import type { Question, Questions, ReadersOptions, Reading } from "./messages.ts";
import type { OpenReader, Reader } from "./reader.ts";

/** What a client of ours follows. */
interface Followed {
  readonly id: string;
  readonly run: Run;
  readonly tokens: number | undefined;
  /** Kept as they come, and looked at when the block is over. */
  readonly events: RunEvent[];
  readonly eventAt: number[];
  readonly states: { to: ConnectionState; at: number }[];
}

let readers: Reader[] = [];

function follow({ transport, url, agent, run: id, tokens }: ReadersOptions): Reader {
  const client = createClient(transport, { url, name: agent });
  const run = client.resume(id);
  const events: RunEvent[] = [];
  const eventAt: number[] = [];
  const states: Followed["states"] = [];
  const opened = new Promise<void>((resolve, reject) => {
    run.onStateChange(({ to, error }) => {
      states.push({ to, at: machineNow() });
      if (to === "open" || to === "ended") resolve();
      else if (to === "failed") reject(error ?? new Error("A reader failed."));
    });
  });
  const read = async (): Promise<void> => {
    for await (const event of run) {
      eventAt.push(machineNow());
      events.push(event);
    }
  };
  const followed = { id, run, tokens, events, eventAt, states };
  return { opened, ended: read(), reading: () => readingOf(followed), close: () => client.close() };
}

function readingOf({ id, run, tokens, events, eventAt, states }: Followed): Reading {
  const checker = new IntegrityChecker();
  const tokenAt: number[] = [];
  for (const [index, event] of events.entries()) {
    checker.see(event);
    if (event.data.type !== "text-delta" || typeof event.data.delta !== "string") continue;
    for (const token of tokenIndices(event.data.delta)) tokenAt[token] ??= eventAt[index] ?? Number.NaN;
  }
  return { run: id, eventAt, tokenAt, states, end: run.end?.state ?? "not ended", integrity: checker.result(tokens) };
}

async function openAll(ask: Questions["open"]["ask"]): Promise<Reader[]> {
  if (!("module" in ask)) return Array.from({ length: ask.count }, () => follow(ask));
  // Only where one is asked for: what is imported with it may be large.
  const { openReader }: { readonly openReader: OpenReader<unknown> } = await import(ask.module);
  return [openReader(ask.options)];
}

const answers: { [Name in keyof Questions]: (ask: Questions[Name]["ask"]) => Promise<Questions[Name]["answer"]> } = {
  async open(ask) {
    const more = await openAll(ask);
    for (const promise of more.flatMap(({ opened, ended }) => [opened, ended])) promise.catch(() => undefined); // Awaited when it is asked for.
    readers.push(...more);
    await Promise.all(more.map(({ opened }) => opened));
    return null;
  },
  async ended() {
    await Promise.all(readers.map(({ ended }) => ended));
    return null;
  },
  async collect() {
    return readers.map((reader) => reader.reading());
  },
  async forget() {
    for (const reader of readers) reader.close();
    readers = [];
    return null;
  },
  async memory() {
    if (globalThis.gc === undefined) throw new Error("The readers' process needs --expose-gc.");
    globalThis.gc();
    const { rss, heapUsed, external } = process.memoryUsage();
    return { residentBytes: rss, liveBytes: heapUsed + external };
  },
  async cpu() {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
  clock: async () => machineNow(),
};

/** A question's name and what it asks belong together, which the compiler sees of one question at a time. */
function answerTo(question: Question): Promise<unknown> {
  return question.name === "open" ? answers.open(question.ask) : answers[question.name](null);
}

async function reply(question: Question): Promise<void> {
  const message = await answerTo(question).then(
    (answer) => ({ n: question.n, answer }),
    (error: unknown) => ({ n: question.n, error: error instanceof Error ? error.message : String(error) }),
  );
  process.send?.(message, undefined, undefined, (error) => {
    if (error !== null) process.exit(); // Whoever asked is gone.
  });
}

process.on("message", (question: Question) => void reply(question));
process.on("disconnect", () => process.exit());
