import { authorization } from "@agent-transports/lab/clients";
import type { Readers } from "@agent-transports/lab/readers";
import { AGENT_SEGMENT } from "@agent-transports/protocol";
import type { LocalLab } from "../../lab/lab.ts";
import { contextOf } from "../../lab/run-input.ts";
import { steadyReply } from "./follow.ts";

export interface LiveRunsOptions {
  /** Of the Worker in which they are started. */
  readonly url: URL;
  readonly count: number;
  readonly tokens: number;
  readonly tokensPerSecond: number;
  /** The second half of the tokens is due so much later: the model thinks. */
  readonly silenceMs?: number;
  /** The models say their last token no sooner than `end` is called. */
  readonly held?: boolean;
}

/** Runs, each of an agent of its own, whose model has said nothing yet. */
export interface LiveRuns {
  readonly runs: readonly { readonly agent: string; readonly run: string; readonly reply: string }[];
  /** From now on the models speak, by their schedule. @returns the moment, of `performance.now()` */
  begin(): number;
  /** Models that are held may say their last token. */
  end(): void;
  /** Forgets their scripts. */
  forget(): void;
}

export async function startLiveRuns(lab: LocalLab, options: LiveRunsOptions): Promise<LiveRuns> {
  const begun = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const { count, tokens, tokensPerSecond, silenceMs = 0, held = false, url } = options;
  const runs = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      // Runs do not speak at the same moment: their tokens would be due together for as long as they last.
      const reply = steadyReply(lab, tokens, tokensPerSecond, (index * 1000) / tokensPerSecond / count);
      const dueMs = reply.dueMs.map((ms, token) => ms + (token < tokens / 2 ? 0 : silenceMs));
      const { id, prompt } = lab.script({ ...reply, dueMs, begin: begun.promise, ...(held ? { end: ended.promise } : {}) });
      const agent = `live-${lab.id()}`;
      return { agent, run: await startRun(url, agent, prompt), reply: id };
    }),
  );
  return {
    runs,
    begin() {
      begun.resolve();
      return performance.now();
    },
    end: () => ended.resolve(),
    forget() {
      ended.resolve();
      for (const { reply } of runs) lab.provider.removeReply(reply);
    },
  };
}

async function startRun(url: URL, agent: string, prompt: string): Promise<string> {
  const response = await fetch(new URL(`/agents/${AGENT_SEGMENT}/${agent}/runs`, url), {
    method: "POST",
    headers: { ...authorization, Accept: "application/json" },
    body: JSON.stringify(contextOf(prompt)),
  });
  if (!response.ok) throw new Error(`The agent answered a start with ${response.status}: ${await response.text()}`);
  const { id }: { id: string } = await response.json();
  return id;
}

/** Opens readers up to `total`, spread evenly over the runs. @param total no less than are open */
export async function openReaders(
  readers: Readers,
  { runs }: LiveRuns,
  to: { readonly transport: "sse" | "ws"; readonly url: URL; readonly from: number; readonly total: number; readonly tokens?: number },
): Promise<void> {
  const { transport, url, from, total, tokens } = to;
  await Promise.all(
    runs.map(async ({ agent, run }, index) => {
      const count = shareOf(total, index, runs.length) - shareOf(from, index, runs.length);
      if (count > 0) await readers.open({ transport, url: url.href, agent, run, count, ...(tokens === undefined ? {} : { tokens }) });
    }),
  );
}

/** How many of `total` the one at `index` gets, of `count` that get as many or one more. */
function shareOf(total: number, index: number, count: number): number {
  return Math.floor(total / count) + (index < total % count ? 1 : 0);
}
