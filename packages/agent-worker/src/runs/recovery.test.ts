import { setTimeout as pause } from "node:timers/promises";
import { isToolUIPart, readUIMessageStream, stepCountIs, tool, type UIMessage, type UIMessageChunk } from "ai";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { bookModel, FIRST, SECOND, THOUGHT, type Responses } from "../../test/recovery/book.ts";
import { TestSql } from "../../test/sql-storage.ts";
import { generateWith } from "../generation/generate.ts";
import { DEFAULT_LIMITS } from "../wire/limits.ts";
import { AskedLimits } from "./asked-limits.ts";
import { Conversation } from "./conversation.ts";
import type { Durability } from "./durability.ts";
import { RunLog, type RunRecord } from "./log.ts";
import { Runs } from "./runs.ts";

interface WorldOptions {
  readonly resumable?: boolean;
  readonly numbersAnew?: boolean;
  readonly durability?: Durability;
  readonly paceMs?: number;
}

/** What outlives an agent: its storage, its provider, and what its tools have done. */
class World {
  readonly sql: TestSql = new TestSql();
  readonly responses: Responses = new Map();
  readonly executed: string[] = [];
  asked = 0;
  /** Work of the agent that lives now. */
  #work: Promise<void>[] = [];
  readonly #resumable: boolean;
  readonly #numbersAnew: boolean;
  readonly #durability: Durability;
  readonly #paceMs: number;

  constructor({ resumable = false, numbersAnew = false, durability = { level: "event" }, paceMs = 0 }: WorldOptions = {}) {
    this.#resumable = resumable;
    this.#numbersAnew = numbersAnew;
    this.#paceMs = paceMs;
    this.#durability = durability;
  }

  /** An agent that dies before so many of its model's parts or tools' outputs; undefined: it lives. */
  agent(diesAt?: number): Runs {
    let parts = 0;
    let lives = true;
    const { promise: death, resolve: die } = Promise.withResolvers<void>();
    const storage = whileAlive(this.sql.storage, () => lives);
    const alive = async (): Promise<void> => {
      // What came before goes its way through the agent first.
      await (this.#paceMs === 0 ? new Promise((resolve) => setImmediate(resolve)) : pause(this.#paceMs));
      if ((parts += 1) < (diesAt ?? Infinity)) return;
      lives = false;
      die();
      await new Promise(() => undefined);
    };
    this.#work = [];
    return new Runs(new RunLog(storage), new Conversation(storage), {
      generate: (generation) =>
        generateWith(
          bookModel(this.responses, {
            resumable: this.#resumable,
            numbersAnew: this.#numbersAnew,
            beforePart: alive,
            onAsked: () => (this.asked += 1),
          }),
          generation,
          {
            stopWhen: stepCountIs(4),
            tools: {
              weather: tool({
                inputSchema: z.object({ town: z.string() }),
                execute: async ({ town }) => {
                  await alive();
                  this.executed.push(town);
                  await alive();
                  return { town, celsius: town.length };
                },
              }),
            },
            onUnknownCall: ({ input }) => (this.executed.includes((input as { town: string }).town) ? { output: "it was done" } : "repeat"),
          },
        ),
      describeError: (error) => ({ code: "internal", message: String(error) }),
      keepAlive: (begin) => void this.#work.push(Promise.race([begin(), death])),
      ended: () => undefined,
      limits: new AskedLimits(() => DEFAULT_LIMITS),
      durability: () => this.#durability,
      observe: () => undefined,
      durable: () => Promise.resolve(),
      recovery: () => ({}),
      recover: () => true,
    });
  }

  /** Until the agent that lives now has nothing to do, or has died. */
  async settled(): Promise<void> {
    await Promise.all(this.#work);
  }

  log({ n }: RunRecord): UIMessageChunk[] {
    return (new RunLog(this.sql.storage).read(n, 0, 10_000_000)?.chunks ?? []).map((text) => JSON.parse(text) as UIMessageChunk);
  }

  get conversation(): readonly UIMessage[] {
    return new Conversation(this.sql.storage).messages;
  }
}

/** Whatever a dead agent's timers still do, it writes nothing. */
function whileAlive(sql: TestSql["storage"], lives: () => boolean): TestSql["storage"] {
  const nothing = new TestSql().storage.exec("SELECT 1 WHERE 0");
  const alive: TestSql["storage"] = new Proxy(sql, {
    get: (target, name) => {
      if (name === "sql") return alive;
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return (...given: unknown[]): unknown => (name !== "exec" || lives() ? value.apply(target, given) : nothing);
    },
  });
  return alive;
}

/** The message that the AI SDK's own reader makes of a log. */
async function shown(chunks: readonly UIMessageChunk[]): Promise<UIMessage> {
  let message: UIMessage | undefined;
  const stream = new ReadableStream<UIMessageChunk>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
  for await (const next of readUIMessageStream({ stream, onError: (error) => expect.fail(String(error)) })) message = next;
  if (message === undefined) throw new Error("The log makes no message.");
  return message;
}

function texts(message: UIMessage | undefined, type: "text" | "reasoning" = "text"): string {
  return (message?.parts ?? []).map((part) => (part.type === type && "text" in part ? part.text : "")).join("");
}

/** What each call was for, and what it gave: the tool's output, or what its author found out. */
function outputs(message: UIMessage | undefined): (readonly [unknown, unknown])[] {
  return (message?.parts ?? []).flatMap((part) =>
    isToolUIPart(part) && part.state === "output-available" ? [[(part.input as { town: string }).town, part.output] as const] : [],
  );
}

function isWhole(given: ReturnType<typeof outputs>): boolean {
  const right = given.filter(([town, output]) => {
    const { town: of } = output as { town?: string };
    return output === "it was done" || of === town;
  });
  return right.length === 2 && new Set(right.map(([town]) => town)).size === 2;
}

const START = { input: { prompt: "What is the weather in Lisbon and in Oslo?" } };

async function untilItEnds(world: World, deaths: readonly number[]): Promise<RunRecord> {
  const first = world.agent(deaths[0]);
  const { run } = first.start(START, null, () => true);
  await world.settled();
  let agent = first;
  for (const at of [...deaths.slice(1), undefined]) {
    agent = world.agent(at);
    agent.recover();
    await world.settled();
  }
  return agent.find(run.id);
}

/** How many times a whole answer could die. */
const MOMENTS = 110;

describe.each([
  ["that its provider streams again", { resumable: true }],
  ["that its model goes on with", { resumable: false }],
  ["that its provider streams again, and whose calls it numbers anew in each step", { resumable: true, numbersAnew: true }],
  ["that its model goes on with, and whose calls it numbers anew in each step", { resumable: false, numbersAnew: true }],
  ["that its model goes on with, at the level window", { resumable: false, durability: { level: "window", windowMs: 2 } }],
] as const)("an answer %s", (_what, options) => {
  it("is whole, once, wherever its agent died: text, tools, file and source", { timeout: 60_000 }, async () => {
    for (let at = 1; at <= MOMENTS; at++) {
      const world = new World(options);
      const run = await untilItEnds(world, [at]);
      const log = world.log(run);
      const message = await shown(log);
      const [asked, answered, ...more] = world.conversation;
      expect({
        at,
        log: log.map(({ type }) => type),
        state: run.state,
        executed: world.executed.toSorted(),
        text: texts(message),
        files: message.parts.filter(({ type }) => type === "file").length,
        kept: [asked?.role, texts(answered), more.length],
        // Each call has its own output, for readers and in the conversation.
        outputs: [message, answered].map(outputs),
        // A replayed answer has all of its reasoning, and drops no call.
        thought: options.resumable ? texts(message, "reasoning") : THOUGHT,
        dropped: options.resumable ? log.filter(({ type }) => type === "tool-input-error") : [],
      }).toEqual({
        at,
        log: expect.any(Array),
        state: "finished",
        executed: ["Lisbon", "Oslo"],
        text: FIRST + SECOND,
        files: 1,
        kept: ["user", FIRST + SECOND, 0],
        outputs: [expect.toSatisfy(isWhole), expect.toSatisfy(isWhole)],
        thought: THOUGHT,
        dropped: [],
      });
    }
  });

  it("is whole after many deaths, each of which came later than the last", { timeout: 60_000 }, async () => {
    const world = new World({ ...options, paceMs: 3 });
    const run = await untilItEnds(
      world,
      Array.from({ length: 40 }, (_, index) => 10 + 3 * index),
    );
    const log = world.log(run);
    expect(run.state).toBe("finished");
    expect(world.executed.toSorted()).toEqual(["Lisbon", "Oslo"]);
    expect(texts(await shown(log))).toBe(FIRST + SECOND);
  });
});
