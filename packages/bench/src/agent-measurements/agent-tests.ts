import { cpuMs } from "@agent-transports/lab/machine";
import { replyMarker, tokenText, type ScriptedProvider } from "@agent-transports/lab/provider";
import type { WorkerHost } from "@agent-transports/lab/worker-host";
import type { MeasuredTest, SampleKey } from "../rounds/measured-test.ts";
import { quantile } from "../stats/index.ts";
import { agentArms, type AgentArm } from "./agent-arms.ts";
import { pausingArms } from "./pausing-arms.ts";
import type { RecoveryMeasured } from "./recovery/recovery-block.ts";
import { recoveryTests, type RecoverySettings } from "./recovery/recovery-tests.ts";
import { stalled, stalledReplay, type StalledMemory, type StartHost } from "./stalled.ts";

/** What one measurement of one arm gave. */
export interface AgentMeasured {
  readonly tokens: number;
  /** From the request to the last token. */
  readonly wallMs: number;
  /** Of workerd, during it. */
  readonly cpuMs: number;
  /** By token, from when it was due at the provider; absent where tokens go as fast as they can. */
  readonly latencyMs?: { readonly p50: number; readonly p99: number };
  /** That the agents were billed for it; absent for what has no log. */
  readonly rows?: AgentRows;
  /** Where memory is what is measured. */
  readonly memory?: StalledMemory;
  /** Where agents are killed. */
  readonly recovery?: RecoveryMeasured["recovery"];
}

/** Rows that Cloudflare bills, as each object counts them (`packages/peers/worker/billed.ts`). */
export interface AgentRows {
  /** Those of indexes, alarms and keys included. */
  readonly written: number;
  readonly read: number;
  /** Written when what was logged is deleted: a deleted row is billed as a written one. */
  readonly deleting: number;
}

export type AgentSample = SampleKey & AgentMeasured;

export type AgentTest = MeasuredTest<AgentBench, AgentMeasured>;

/** A test that measures each of its arms alike. */
function agentTest<Arm extends { readonly id: string; readonly label: string }>(test: {
  readonly id: string;
  readonly title: string;
  readonly arms: readonly Arm[];
  measure(bench: AgentBench, arm: Arm): Promise<AgentMeasured>;
}): AgentTest {
  const arms = test.arms.map((arm) => ({ id: arm.id, label: arm.label, measure: (bench: AgentBench) => test.measure(bench, arm) }));
  return { id: test.id, title: test.title, arms };
}

export interface AgentBench {
  readonly host: WorkerHost;
  readonly provider: ScriptedProvider;
  readonly random: () => number;
  /** Another Worker of the same script, which whoever started it disposes. */
  readonly start: StartHost;
  /** How much the runs make whose readers stop. */
  readonly megabytes: number;
  /** Of the tests in which agents are killed. */
  readonly recovery: RecoverySettings;
  /** Unique. */
  readonly id: () => string;
}

/** Scripts a reply of so many tokens; 0 per second is as fast as they go. */
function script(bench: AgentBench, tokens: number, perSecond: number): { id: string; prompt: string } {
  const id = bench.id();
  const indices = Array.from({ length: tokens }, (_, index) => index);
  bench.provider.addReply(id, {
    tokens: indices.map((index) => tokenText(index, bench.random)),
    dueMs: indices.map((index) => (perSecond === 0 ? 0 : (index * 1000) / perSecond)),
  });
  return { id, prompt: replyMarker(id) };
}

/** Counts what comes; every token must, once and in order. */
class Tokens {
  readonly at: number[] = [];

  readonly see = (index: number, at: number): void => {
    if (index !== this.at.length) throw new Error(`Token ${index} came, but ${this.at.length} was expected.`);
    this.at.push(at);
  };

  complete(count: number): number[] {
    if (this.at.length !== count) throw new Error(`${this.at.length} of ${count} tokens came.`);
    return this.at;
  }
}

type BilledRows = Pick<AgentRows, "written" | "read">;

/** What agents with a log were billed for since they were made. @param endedBefore if given, they first delete what ended then or earlier */
async function billedRows(bench: AgentBench, arm: AgentArm, agents: readonly string[], endedBefore?: number): Promise<BilledRows> {
  const counts = await Promise.all(
    agents.map(async (agent): Promise<BilledRows> => {
      const url = new URL(`/billed/${arm.segment}/${agent}`, bench.host.url);
      if (endedBefore !== undefined) url.searchParams.set("endedBefore", String(endedBefore));
      const answer = await fetch(url, { method: endedBefore === undefined ? "GET" : "DELETE" });
      if (!answer.ok) throw new Error(`The rows of ${agent} cannot be counted: it answered ${answer.status}.`);
      const rows: BilledRows = await answer.json();
      return rows;
    }),
  );
  const sum = (of: (rows: BilledRows) => number): number => counts.reduce((total, rows) => total + of(rows), 0);
  return { written: sum(({ written }) => written), read: sum(({ read }) => read) };
}

/** Measures with the rows that were billed for it beside it, where the arm has a log. What it logged is deleted. */
async function withRows(
  bench: AgentBench,
  arm: AgentArm,
  agents: readonly string[],
  measure: () => Promise<AgentMeasured>,
): Promise<AgentMeasured> {
  if (!arm.durable) return measure();
  const startedAt = Date.now();
  const before = await billedRows(bench, arm, agents);
  const measured = await measure();
  const after = await billedRows(bench, arm, agents);
  // The answer that woke an agent is no part of it.
  const kept = await billedRows(bench, arm, agents, startedAt);
  const deleted = await billedRows(bench, arm, agents, Date.now());
  const rows = { written: after.written - before.written, read: after.read - before.read, deleting: deleted.written - kept.written };
  return { ...measured, rows };
}

/** An agent that exists, so that no measurement pays for its birth. */
async function wake(bench: AgentBench, arm: AgentArm): Promise<string> {
  const agent = bench.id();
  const { id, prompt } = script(bench, 3, 0);
  await arm.ask(bench.host.url, agent, prompt, () => undefined);
  bench.provider.removeReply(id);
  return agent;
}

const FAST_TOKENS = 20_000;
const LOG_TOKENS = 100_000;

export const agentTests: readonly AgentTest[] = [
  agentTest({
    id: "fast",
    title: `${FAST_TOKENS.toLocaleString("en")} tokens as fast as they come`,
    arms: agentArms,
    async measure(bench, arm) {
      const agent = await wake(bench, arm);
      const { id, prompt } = script(bench, FAST_TOKENS, 0);
      const tokens = new Tokens();
      return withRows(bench, arm, [agent], async () => {
        const cpuBefore = await cpuMs(bench.host.pids);
        const startedAt = performance.now();
        await arm.ask(bench.host.url, agent, prompt, tokens.see);
        const last = tokens.complete(FAST_TOKENS).at(-1) ?? Number.NaN;
        bench.provider.removeReply(id);
        return { tokens: FAST_TOKENS, wallMs: last - startedAt, cpuMs: (await cpuMs(bench.host.pids)) - cpuBefore };
      });
    },
  }),
  agentTest({
    id: "paced",
    title: "one run of 1,000 tokens at 50 tokens/s",
    arms: agentArms,
    measure: (bench, arm) => paced(bench, arm, { runs: 1, perSecond: 50, tokens: 1_000 }),
  }),
  agentTest({
    id: "concurrent",
    title: "100 runs at 30 tokens/s, a reader each",
    arms: agentArms,
    measure: (bench, arm) => paced(bench, arm, { runs: 100, perSecond: 30, tokens: 240 }),
  }),
  agentTest({
    id: "replay",
    title: `a finished run of ${LOG_TOKENS.toLocaleString("en")} events, from the start`,
    // A log is read alike at each level.
    arms: agentArms.filter((arm) => "replay" in arm && !arm.id.startsWith("ours-event") && !arm.id.startsWith("ours-behind")),
    async measure(bench, arm) {
      const agent = bench.id();
      const first = new Tokens();
      // Made in the agent (`packages/peers/worker/worker.ts`), because what comes from a model may be joined to fewer events.
      const handle = await arm.ask(bench.host.url, agent, `fill ${LOG_TOKENS}`, first.see);
      first.complete(LOG_TOKENS);
      const tokens = new Tokens();
      const cpuBefore = await cpuMs(bench.host.pids);
      const startedAt = performance.now();
      await arm.replay?.(bench.host.url, agent, handle, tokens.see);
      const last = tokens.complete(LOG_TOKENS).at(-1) ?? Number.NaN;
      return { tokens: LOG_TOKENS, wallMs: last - startedAt, cpuMs: (await cpuMs(bench.host.pids)) - cpuBefore };
    },
  }),
  agentTest({
    id: "stalled",
    title: "a run whose reader stops after 1 MB",
    arms: pausingArms,
    measure: ({ start, megabytes }, arm) => stalled(start, arm, megabytes),
  }),
  agentTest({
    id: "stalled-replay",
    title: "a finished run whose reader stops after 1 MB",
    arms: pausingArms.filter((arm) => "replay" in arm),
    measure: ({ start, megabytes }, arm) => stalledReplay(start, arm, megabytes),
  }),
  ...recoveryTests,
];

/** Runs with a reader each, at a rate, begun one after another over a second so that their tokens are not all due at once. */
async function paced(
  bench: AgentBench,
  arm: AgentArm,
  { runs, perSecond, tokens: count }: { readonly runs: number; readonly perSecond: number; readonly tokens: number },
): Promise<AgentMeasured> {
  const agents = await Promise.all(Array.from({ length: runs }, () => wake(bench, arm)));
  return withRows(bench, arm, agents, async () => {
    const cpuBefore = await cpuMs(bench.host.pids);
    const startedAt = performance.now();
    const latency: number[] = [];
    await Promise.all(
      agents.map(async (agent, index) => {
        await new Promise((resolve) => setTimeout(resolve, (index * 1000) / runs));
        const { id, prompt } = script(bench, count, perSecond);
        const tokens = new Tokens();
        await arm.ask(bench.host.url, agent, prompt, tokens.see);
        const due = bench.provider.sent(id)?.dueAt ?? [];
        for (const [token, at] of tokens.complete(count).entries()) latency.push(at - (due[token] ?? Number.NaN));
        bench.provider.removeReply(id);
      }),
    );
    return {
      tokens: runs * count,
      wallMs: performance.now() - startedAt,
      cpuMs: (await cpuMs(bench.host.pids)) - cpuBefore,
      latencyMs: { p50: quantile(latency, 0.5), p99: quantile(latency, 0.99) },
    };
  });
}
