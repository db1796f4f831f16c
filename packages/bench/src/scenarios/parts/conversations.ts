import type { TransportClient } from "@agent-transports/client-core";
import { readReply } from "@agent-transports/lab/floor";
import { addUp } from "@agent-transports/lab/integrity";
import type { Reply } from "@agent-transports/lab/provider";
import type { LocalLab, Script } from "../../lab/lab.ts";
import { contextOf } from "../../lab/run-input.ts";
import type { Integrity } from "../../results/schema.ts";
import { followToEnd, latenessOf, steadyReply, tokensOf } from "./follow.ts";

/** Conversations that stream at once. */
export interface Load {
  readonly conversations: number;
  /** In each. */
  readonly tokensPerSecond: number;
  /** Tokens of a reply, or `traffic`: the lengths and arrivals of real traffic. */
  readonly length: number | "traffic";
}

/** One conversation, by token; stamps of the one clock. */
export interface Conversation {
  /** When it was begun. */
  readonly startedAt: number;
  readonly sentAt: readonly number[];
  readonly receivedAt: readonly number[];
}

export interface Conversed {
  readonly conversations: readonly Conversation[];
  /** `null` where the provider was read with no agent between. */
  readonly integrity: Integrity | null;
  /** Rates that were due and that were reached, and the provider's own lateness. */
  readonly values: Record<string, number>;
}

/** Follows one conversation's answer to its end. @returns what was lost on the way */
export type Follow = (
  conversation: number,
  script: Script,
  tokens: number,
  receive: (index: number, at: number) => void,
) => Promise<Integrity>;

interface Planned {
  readonly reply: Reply;
  readonly startMs: number;
}

/** Real arrivals are minutes long; a block is not. */
const LONGEST_GAP_MS = 100;

/**
 * Streams all of a load to its end.
 *
 * @param by a client of ours, or another way; `undefined` for the floor: the provider, read with no agent between
 * @param onToken told of each token in the turn in which the application got it
 */
export async function converse(
  lab: LocalLab,
  load: Load,
  by: TransportClient | Follow | undefined,
  onToken: (conversation: number) => void = () => undefined,
): Promise<Conversed> {
  const planned = plan(lab, load);
  const lateness: number[] = [];
  const integrity: Integrity[] = [];
  const conversations = await Promise.all(
    planned.map(async ({ reply, startMs }, conversation): Promise<Conversation> => {
      await new Promise((resolve) => setTimeout(resolve, startMs));
      const script = lab.script(reply);
      const receivedAt: number[] = [];
      const startedAt = performance.now();
      const receive = (index: number, at: number): void => {
        receivedAt[index] ??= at;
        onToken(conversation);
      };
      if (by === undefined) await readReply(lab.floor.provider, script.id, receive);
      else {
        const follow = typeof by === "function" ? by : followWith(lab, by);
        integrity.push(await follow(conversation, script, reply.tokens.length, receive));
      }
      const sent = lab.provider.sent(script.id);
      lateness.push(...latenessOf(sent));
      lab.provider.removeReply(script.id);
      return { startedAt, sentAt: sent?.sentAt ?? [], receivedAt };
    }),
  );
  const providerLatenessP99Ms = [...lateness].sort((a, b) => a - b)[Math.floor(lateness.length * 0.99)] ?? 0;
  return {
    conversations,
    integrity: by === undefined ? null : addUp(integrity),
    values: { ...rates(planned, conversations), providerLatenessP99Ms },
  };
}

function followWith(lab: LocalLab, client: TransportClient): Follow {
  return (_conversation, { prompt }, tokens, receive) =>
    followToEnd(lab, client.start(contextOf(prompt)), tokens, (event, at) => {
      for (const index of tokensOf(event)) receive(index, at);
    });
}

function plan(lab: LocalLab, { conversations, tokensPerSecond, length }: Load): Planned[] {
  let startMs = 0;
  return Array.from({ length: conversations }, () => {
    const tokens = length === "traffic" ? lab.traffic.replyLength(lab.random) : length;
    // Conversations do not begin together: their tokens would be due together for as long as they last.
    startMs +=
      length === "traffic" ? Math.min(LONGEST_GAP_MS, lab.traffic.arrivalGapMs(lab.random)) : 1000 / tokensPerSecond / conversations;
    return { reply: steadyReply(lab, tokens, tokensPerSecond, 5), startMs };
  });
}

/** Tokens per second that were due and that went out. */
function rates(planned: readonly Planned[], conversations: readonly Conversation[]): Record<string, number> {
  const tokens = planned.reduce((sum, { reply }) => sum + reply.tokens.length, 0);
  const dueFrom = Math.min(...planned.map(({ reply, startMs }) => startMs + (reply.dueMs[0] ?? 0)));
  const dueTo = Math.max(...planned.map(({ reply, startMs }) => startMs + (reply.dueMs.at(-1) ?? 0)));
  const firstAt = Math.min(...conversations.map(({ sentAt }) => sentAt[0] ?? Infinity));
  const lastAt = Math.max(...conversations.map(({ sentAt }) => sentAt.at(-1) ?? 0));
  return { targetRate: (tokens * 1000) / Math.max(1, dueTo - dueFrom), achievedRate: (tokens * 1000) / Math.max(1, lastAt - firstAt) };
}
