import { hashOf, jsonOf } from "./hash.ts";
import type { Ledger } from "./ledger.ts";

/** One event of the log, whatever is wrong with the log. */
export interface LogEvent {
  readonly seq: number;
  readonly chunk: { readonly type: string } & Readonly<Record<string, unknown>>;
  readonly hash: string;
}

/** The ledger's rows, one event after another, each with the `seq` that its row gives it. */
export function eventsOf({ rows }: Ledger): readonly LogEvent[] {
  return rows.flatMap(({ seq, chunks }) =>
    chunks.split("\n").map((text, index): LogEvent => {
      const chunk: LogEvent["chunk"] = JSON.parse(text);
      return { seq: seq + index, chunk, hash: hashOf(jsonOf(chunk)) };
    }),
  );
}

/** Written by the agent itself, or told beside the answer. */
const ASIDE: ReadonlySet<string> = new Set(["data-input", "data-run-end", "data-resumed", "data-lost", "data-heard"]);
/** A failed or cancelled run's last chunk, before its terminal event. Elsewhere it is stray, which `check-log.ts` finds. */
const CLOSING: ReadonlySet<string> = new Set(["error", "abort"]);

/** What an answer consists of, apart from what the agent itself wrote beside it. */
export function isAnswer({ chunk }: LogEvent): boolean {
  return !ASIDE.has(chunk.type) && !CLOSING.has(chunk.type);
}

const DELTAS: Readonly<Record<string, string>> = {
  "text-delta": "delta",
  "reasoning-delta": "delta",
  "tool-input-delta": "inputTextDelta",
};

/**
 * What an answer says, apart from how it was cut into deltas: an answer that goes on behind an interruption may have other cuts. Each line is a
 * chunk's JSON, or `<type> <id> <text>` of deltas that follow each other.
 */
export function saidBy(chunks: readonly LogEvent["chunk"][]): readonly string[] {
  const said: string[] = [];
  let joined: string | undefined;
  for (const chunk of chunks) {
    if (ASIDE.has(chunk.type) || CLOSING.has(chunk.type)) continue;
    const member = DELTAS[chunk.type];
    if (member === undefined) {
      said.push(jsonOf(chunk));
      joined = undefined;
      continue;
    }
    const text = String(chunk[member]);
    const of = `${chunk.type} ${String(chunk["id"] ?? chunk["toolCallId"])} `;
    if (joined === of) said[said.length - 1] += text;
    else said.push(of + text);
    joined = of;
  }
  return said;
}
