import { setTimeout as pause } from "node:timers/promises";
import { cpuMicros } from "@agent-transports/lab/machine";
import { replyMarker, tokenIndices, tokenText, type ScriptedProvider } from "@agent-transports/lab/provider";
import type { WorkerHost } from "@agent-transports/lab/worker-host";
import { beyond, times, type BilledUsage } from "../cost/billed-usage.ts";
import type { MeasuredArm } from "../cost/measured-arm.ts";
import { mapAtMost } from "./map-at-most.ts";
import type { AskedAnswer, Conversation, CostArm } from "./cost-arms.ts";
import { countBilled } from "./count-billed.ts";

export interface CostBench {
  /** Of the Worker that an arm's agents run in. */
  readonly hostOf: (arm: CostArm) => WorkerHost;
  readonly provider: ScriptedProvider;
  readonly random: () => number;
  /** Unique. */
  id(): string;
}

export interface MeasurementPlan {
  readonly arms: readonly CostArm[];
  /** Each answer's lengths, in tokens: what lies between and beyond is on their line. */
  readonly tokens: readonly number[];
  readonly tokensPerSecond: readonly number[];
  /** Of a pause in which an object that can sleep does. The runtime waits for 10 s; an alarm that keeps an object alive comes after 30. */
  readonly pauseMs: number;
  /** How long an answer is into which inputs go. */
  readonly inputSeconds: number;
  onStep(what: string): void;
}

/** So many tokens a second are generated at once in all: a busy machine joins tokens, which saves rows. */
const TOKENS_PER_SECOND_AT_ONCE = 200;
/** In one answer. */
const FEW = 20;
const MODERATE_RATE = 50;
const INPUTS_PER_SECOND = 20;

/** @throws Error where an answer came otherwise than whole and in order */
export async function measureUsage(bench: CostBench, plan: MeasurementPlan): Promise<MeasuredArm[]> {
  const [first] = plan.arms;
  const workerCpuMs = first === undefined ? 0 : await requestCpuMs(bench, first);
  const answers = new Map<string, MeasuredArm["answers"]>(plan.arms.map(({ id }) => [id, []]));
  for (const tokensPerSecond of plan.tokensPerSecond) {
    for (const tokens of plan.tokens) {
      plan.onStep(`answers of ${tokens} tokens at ${tokensPerSecond} tokens/s`);
      await mapAtMost(plan.arms, atOnce(tokensPerSecond), async (arm) => {
        answers.get(arm.id)?.push({ tokens, tokensPerSecond, usage: await answerUsage(bench, arm, tokens, tokensPerSecond) });
      });
    }
  }
  plan.onStep("inputs into a live answer");
  const inputs = await mapAtMost(plan.arms, atOnce(MODERATE_RATE), (arm) =>
    arm.takesInputs ? inputUsage(bench, arm, plan.inputSeconds) : Promise.resolve(null),
  );
  plan.onStep(`a pause of ${plan.pauseMs / 1_000} s, and an answer behind it`);
  const conversations = await mapAtMost(plan.arms, plan.arms.length, (arm) => conversationUsage(bench, arm, plan.pauseMs));
  const withCpu = (usage: BilledUsage): BilledUsage => ({ ...usage, workerCpuMs: usage.workerRequests * workerCpuMs });
  return plan.arms.map(({ id, label }, index) => {
    const { opening, afterPause, sleeps } = conversations[index] ?? missing(label);
    const input = inputs[index] ?? null;
    return {
      id,
      label,
      answers: (answers.get(id) ?? []).map((one) => ({ ...one, usage: withCpu(one.usage) })),
      opening: withCpu(opening),
      sleeps,
      afterPause: withCpu(afterPause),
      input: input && withCpu(input),
    };
  });
}

function missing(label: string): never {
  throw new Error(`Nothing was measured of ${label}.`);
}

function atOnce(tokensPerSecond: number): number {
  return Math.max(1, Math.floor(TOKENS_PER_SECOND_AT_ONCE / tokensPerSecond));
}

/**
 * Of a request that an agent answers at once: the Worker's part and the object's. Only the first is billed, so that this is a bound. What passes through a
 * Worker later, a body or messages, passes outside of its code.
 */
async function requestCpuMs(bench: CostBench, arm: CostArm): Promise<number> {
  const host = bench.hostOf(arm);
  const url = new URL(`/agents/our-agent/${bench.id()}/runs`, host.url);
  const ask = async (count: number): Promise<void> => {
    for (let made = 0; made < count; made++) {
      const answer = await fetch(url);
      if (!answer.ok) throw new Error(`An agent's list of runs was answered with ${answer.status}: ${await answer.text()}`);
      await answer.arrayBuffer();
    }
  };
  await ask(100);
  const before = await cpuMicros(host.pids);
  const count = 400;
  await ask(count);
  return ((await cpuMicros(host.pids)) - before) / 1_000 / count;
}

/** On a connection that is open, in a conversation that has begun; deleted afterwards. */
async function answerUsage(bench: CostBench, arm: CostArm, tokens: number, tokensPerSecond: number): Promise<BilledUsage> {
  const agent = bench.id();
  const base = bench.hostOf(arm).url;
  const conversation = await arm.open({ base, agent });
  try {
    await follow(bench, conversation, FEW, MODERATE_RATE);
    const startedAt = Date.now();
    const before = await countBilled(base, arm, agent);
    const awakeMs = await follow(bench, conversation, tokens, tokensPerSecond);
    const after = await countBilled(base, arm, agent);
    // The answer before is no part of it.
    const kept = await countBilled(base, arm, agent, startedAt);
    const deleted = await countBilled(base, arm, agent, Date.now());
    return {
      ...beyond(after.usage, before.usage),
      rowsDeleted: deleted.usage.rowsWritten - kept.usage.rowsWritten,
      awakeMs,
    };
  } finally {
    conversation.close();
  }
}

/** The mean of those that go into one answer at a rate. */
async function inputUsage(bench: CostBench, arm: CostArm, seconds: number): Promise<BilledUsage> {
  const agent = bench.id();
  const base = bench.hostOf(arm).url;
  const conversation = await arm.open({ base, agent });
  const count = seconds * INPUTS_PER_SECOND;
  const sendAll = async (answer: AskedAnswer): Promise<void> => {
    const sent = Array.from({ length: count }, async (_, index) => {
      await pause((index * 1_000) / INPUTS_PER_SECOND);
      await answer.send({ index });
    });
    await Promise.all(sent);
  };
  try {
    await follow(bench, conversation, FEW, MODERATE_RATE);
    const before = await countBilled(base, arm, agent);
    // Longer than the inputs take: none may come behind the end.
    const tokens = (seconds + 2) * MODERATE_RATE;
    await follow(bench, conversation, tokens, MODERATE_RATE);
    const without = await countBilled(base, arm, agent);
    await follow(bench, conversation, tokens, MODERATE_RATE, sendAll);
    const having = await countBilled(base, arm, agent);
    const [plain, full] = [beyond(without.usage, before.usage), beyond(having.usage, without.usage)];
    return { ...times(1 / count, beyond(full, plain)), byteDays: 0 };
  } finally {
    conversation.close();
  }
}

/** Three answers alike: the first opens, the second follows, the third comes after a pause. */
async function conversationUsage(
  bench: CostBench,
  arm: CostArm,
  pauseMs: number,
): Promise<Pick<MeasuredArm, "opening" | "afterPause" | "sleeps">> {
  const agent = bench.id();
  const base = bench.hostOf(arm).url;
  const conversation = await arm.open({ base, agent });
  try {
    await follow(bench, conversation, FEW, MODERATE_RATE);
    const first = await countBilled(base, arm, agent);
    await follow(bench, conversation, FEW, MODERATE_RATE);
    const second = await countBilled(base, arm, agent);
    await pause(pauseMs);
    const rested = await countBilled(base, arm, agent);
    await follow(bench, conversation, FEW, MODERATE_RATE);
    const third = await countBilled(base, arm, agent);
    const next = beyond(second.usage, first.usage);
    return {
      opening: beyond(first.usage, next),
      sleeps: rested.life !== second.life,
      afterPause: { ...beyond(beyond(third.usage, second.usage), next), byteDays: 0 },
    };
  } finally {
    conversation.close();
  }
}

/** Asks for an answer and reads it to its end. @returns how long that took, in ms. @throws Error where it was not whole and in order */
async function follow(
  bench: CostBench,
  conversation: Conversation,
  tokens: number,
  tokensPerSecond: number,
  meanwhile?: (answer: AskedAnswer) => Promise<void>,
): Promise<number> {
  const id = bench.id();
  const indices = Array.from({ length: tokens }, (_, index) => index);
  bench.provider.addReply(id, {
    tokens: indices.map((index) => tokenText(index, bench.random)),
    dueMs: indices.map((index) => (index * 1_000) / tokensPerSecond),
  });
  let next = 0;
  const startedAt = performance.now();
  const answer = conversation.ask(replyMarker(id), (delta) => {
    for (const index of tokenIndices(delta)) {
      if (index !== next) throw new Error(`Token ${index} came, but ${next} was expected.`);
      next += 1;
    }
  });
  await Promise.all([answer.ended, meanwhile?.(answer)]);
  const tookMs = performance.now() - startedAt;
  bench.provider.removeReply(id);
  if (next !== tokens) throw new Error(`${next} of ${tokens} tokens came.`);
  return tookMs;
}
