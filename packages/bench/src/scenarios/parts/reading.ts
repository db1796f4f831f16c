/** Answers that a page reads at a steady pace on a link, and what of them a reader sees: for the scenarios about bad networks. */
import type { ReadRun } from "@agent-transports/lab/application";
import type { Link } from "@agent-transports/lab/network";
import { tokenIndices } from "@agent-transports/lab/provider";
import type { LocalLab } from "../../lab/lab.ts";
import { contextOf } from "../../lab/run-input.ts";
import type { TcpOptions } from "./control-tcp.ts";
import { steadyReply } from "./follow.ts";
import { visit } from "./in-place.ts";
import type { NetworkArm } from "./network-arms.ts";

/** Of each answer. */
export const TOKENS_PER_SECOND = 50;

export interface Reading extends TcpOptions {
  readonly link: Link;
  readonly answers: number;
  /** Of each answer. */
  readonly tokens: number;
  /** From when the model was asked until its first token, in ms. Default: 0. */
  readonly thinkingMs?: number;
}

export interface ReadAnswers {
  readonly runs: readonly ReadRun[];
  /** By answer and token, when the model sent it, of `performance.now()` in Node. */
  readonly sentAt: readonly (readonly number[])[];
  readonly values: Readonly<Record<string, number>>;
}

/** @param atOnce so many blocks of the scenario run at once */
export async function readAnswers(
  lab: LocalLab,
  arm: NetworkArm,
  { link, answers, tokens, thinkingMs, ...tcp }: Reading,
  { atOnce, limitMs }: { readonly atOnce: number; readonly limitMs: number },
): Promise<ReadAnswers> {
  const { result, values } = await visit(
    lab,
    arm,
    { ...tcp, link, connections: "page", atOnce, limitMs },
    async ({ script, sent, perform }) => {
      const scripts = Array.from({ length: answers }, () => script(steadyReply(lab, tokens, TOKENS_PER_SECOND, thinkingMs)));
      const { runs } = await perform({ do: "read at once", inputs: scripts.map(({ prompt }) => contextOf(prompt)) });
      return { runs, sentAt: scripts.map(({ id }) => [...(sent(id)?.sentAt ?? [])]) };
    },
  );
  return { ...result, values };
}

/** Between the events of a run that have text, in ms. */
export function gapsOf({ events, at }: ReadRun): number[] {
  const text = at.filter((_, index) => events[index]?.data.type === "text-delta");
  return text.slice(1).map((one, index) => one - (text[index] ?? Number.NaN));
}

/** By token, in ms: how much later it came than the quickest of its answer, beside when it was due or sent. The quickest of all has none. */
export function lagsOf({ events, at }: ReadRun, expectedAt: (token: number) => number): number[] {
  const late = events.flatMap(({ data }, index) =>
    data.type === "text-delta" && typeof data.delta === "string"
      ? tokenIndices(data.delta).map((token) => (at[index] ?? Number.NaN) - expectedAt(token))
      : [],
  );
  const least = late.reduce((least, one) => Math.min(least, one), Infinity);
  return late.map((one) => one - least);
}

export interface Stalls {
  /** For a minute of answer: how many, and how long together in ms. */
  readonly count: number;
  readonly timeMs: number;
}

/** Times of more than so many ms with no new text. */
export function stallsAbove(ms: number, gaps: readonly number[], minutes: number): Stalls {
  const stalls = gaps.filter((gap) => gap > ms);
  return { count: stalls.length / minutes, timeMs: stalls.reduce((sum, gap) => sum + gap, 0) / minutes };
}

/** Of answers that are read, in minutes. */
export function minutesOf({ answers, tokens }: Pick<Reading, "answers" | "tokens">): number {
  return (answers * tokens) / TOKENS_PER_SECOND / 60;
}
