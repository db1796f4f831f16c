import type { RunFailure } from "@agent-transports/protocol";
import type { UIMessageChunk } from "ai";
import { afterEach, describe, expect, it, vi } from "vitest";
import { conversationIn, text, waiting } from "../../test/recovery/conversations.ts";
import { agent, BEGUN, deadAfter, HALF, say, WHOLE, type Given } from "../../test/recovery/lives.ts";
import { TestSql } from "../../test/sql-storage.ts";
import { misconfigured } from "../wire/errors.ts";
import type { RunRecord } from "./log.ts";

afterEach(() => void vi.restoreAllMocks());

type Hooks = NonNullable<Given["hooks"]>;

/** What an author may write, and what else is called with it. */
const HOOKS = ["generate", "describeError", "recovery", "recover", "durability", "limits", "ended", "observe"] as const;

/** What it does wrong. A hook that has to answer at once, and answers with a promise, is one that an author wrote in JavaScript. */
const WAYS = {
  throws: () => {
    throw new Error("of the author's");
  },
  rejects: () => {
    const rejected = Promise.reject(new Error("of the author's"));
    rejected.catch(() => undefined); // Nobody may look at it.
    return rejected;
  },
  "never answers": () => new Promise(() => undefined),
} as const satisfies Record<string, () => unknown>;

type Case = readonly [hook: (typeof HOOKS)[number], how: keyof typeof WAYS];
const CASES: readonly Case[] = HOOKS.flatMap((hook) => (Object.keys(WAYS) as (keyof typeof WAYS)[]).map((how) => [hook, how] as const));

function failing([hook, how]: Case): Hooks {
  return { [hook]: WAYS[how] } as Hooks;
}

/** How its log ended, which has nothing behind that, and what is left of it. */
function endOf(one: ReturnType<typeof agent>, run: RunRecord): object {
  const chunks = one.chunks(run);
  const last = chunks.at(-1) as {
    readonly type?: string;
    readonly data?: { readonly state: string; readonly error?: Partial<RunFailure> };
  };
  const { state } = one.runs.find(run.id);
  const { error } = last.data ?? {};
  return {
    ends: chunks.filter(({ type }) => type === "data-run-end").length,
    isLast: last.type === "data-run-end" && last.data?.state === state && state !== "running",
    isDescribed: error === undefined || (typeof error.code === "string" && typeof error.message === "string"),
    isLive: one.runs.live(run.id) !== undefined,
  };
}

const ENDED = { ends: 1, isLast: true, isDescribed: true, isLive: false };

async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

describe("an agent", () => {
  it.each(CASES)("whose hook %s %s wakes, takes each run up once, and ends it when it is cancelled", async (hook, how) => {
    vi.spyOn(console, "error").mockReturnValue();
    const { sql, run } = await deadAfter(HALF);
    const last = waiting(...BEGUN, ...text(WHOLE));
    let signal: AbortSignal | undefined;
    const one = agent(
      sql,
      (generation) => {
        ({ signal } = generation);
        return last(generation);
      },
      { hooks: failing([hook, how]) },
    );
    one.runs.recover();
    // Where its start failed, it would be made again.
    one.runs.recover();
    expect(one.log.unfinished()).toHaveLength(one.runs.liveCount);
    await turns();
    const { state } = one.runs.cancel(run.id);
    // What the author refused, or failed to say, ended it before.
    expect(["recover", "generate"].includes(hook) ? ["cancelled", "interrupted"] : ["cancelled"]).toContain(state);
    expect(signal?.aborted ?? true).toBe(true);
    expect(endOf(one, run)).toEqual(ENDED);
    expect(one.chunks(run).filter(({ type }) => type === "data-resumed").length).toBeLessThan(2);
    expect(conversationIn(sql).map(({ role }) => role)).toEqual(["user", "assistant"]);
  });

  it.each(CASES)("whose hook %s %s begins a run that ends, or refuses it and keeps nothing of it", async (hook, how) => {
    vi.spyOn(console, "error").mockReturnValue();
    const sql = new TestSql();
    const one = agent(sql, waiting(...HALF), { hooks: failing([hook, how]) });
    const start = (): RunRecord | undefined => {
      try {
        return one.start();
      } catch {
        return undefined;
      }
    };
    const run = start();
    await turns();
    if (run !== undefined) one.runs.cancel(run.id);
    const left = { unfinished: one.log.unfinished().length, live: one.runs.liveCount, messages: conversationIn(sql).length };
    const isRefused = hook === "durability" || (hook === "limits" && how === "throws");
    expect(run === undefined ? left : endOf(one, run)).toEqual(isRefused ? { unfinished: 0, live: 0, messages: 0 } : ENDED);
  });

  // Of the others a run is not begun, or waits until it is cancelled.
  it.each(CASES.filter(([hook]) => !["generate", "durability", "limits"].includes(hook)))(
    "whose hook %s %s ends a run whose model fails, and one whose answer is whole",
    async (hook, how) => {
      vi.spyOn(console, "error").mockReturnValue();
      const fails = async function* (): AsyncGenerator<UIMessageChunk> {
        yield* BEGUN;
        throw new Error("The model is gone.");
      };
      for (const generate of [() => say(WHOLE), fails]) {
        const one = agent(new TestSql(), generate, { hooks: failing([hook, how]) });
        const run = one.start();
        await one.ended();
        expect(endOf(one, run)).toEqual(ENDED);
      }
    },
  );

  it.each(["durability", "recovery", "limits", "ended"] as const)(
    "whose hook %s is misconfigured goes on, and says to its operator what is to be mended",
    async (hook) => {
      const error = vi.spyOn(console, "error").mockReturnValue();
      const { sql, run } = await deadAfter(HALF);
      const message = `The ${hook} must be another.`;
      const faulty = (): never => {
        throw misconfigured(message);
      };
      const one = agent(sql, () => say(WHOLE), { hooks: { [hook]: faulty } });
      one.runs.recover();
      await one.ended();
      expect(error.mock.calls).toContainEqual([`misconfigured: ${message}`]);
      expect(one.runs.find(run.id).state).toBe("finished");
    },
  );
});
