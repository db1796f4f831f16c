import type { UIMessage, UIMessageChunk } from "ai";
import { Conversation } from "../../src/runs/conversation.ts";
import type { TestSql } from "../sql-storage.ts";
import type { Chunks } from "./lives.ts";

/** As the next life of the agent reads it. */
export function conversationIn(sql: TestSql): readonly UIMessage[] {
  return new Conversation(sql.storage).messages;
}

export function rolesIn(sql: TestSql): string[] {
  return conversationIn(sql).map(({ role }) => role);
}

export function textsIn(sql: TestSql): string[] {
  return conversationIn(sql).map(({ parts }) => parts.map((part) => (part.type === "text" ? part.text : "")).join(""));
}

/**
 * From now on SQLite takes no message, as where the disk is full.
 *
 * @param piece the first that it does not take
 * @returns what makes room again
 */
export function fillDisk(sql: TestSql, piece = 0): () => void {
  sql.exec(`CREATE TRIGGER full BEFORE INSERT ON transport_messages WHEN NEW.piece >= ${piece}
    BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END;`);
  return () => void sql.exec("DROP TRIGGER full;");
}

/**
 * From now on SQLite takes nothing more into this table, as where the disk is full: what deletes still works.
 *
 * @returns what makes room again
 */
export function fillTable(sql: TestSql, table: string): () => void {
  for (const kind of ["INSERT", "UPDATE"])
    sql.exec(`CREATE TRIGGER full_${kind} BEFORE ${kind} ON ${table} BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END;`);
  return () => void sql.exec("DROP TRIGGER full_INSERT; DROP TRIGGER full_UPDATE;");
}

/** Says this, and then nothing more until its run is cancelled. */
export function waiting(...chunks: readonly UIMessageChunk[]): Chunks & { readonly said: Promise<void> } {
  const said = Promise.withResolvers<void>();
  const generate: Chunks = async function* ({ signal }) {
    yield* chunks;
    said.resolve();
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
  };
  return Object.assign(generate, { said: said.promise });
}

export const text = (delta: string): UIMessageChunk[] => [
  { type: "text-start", id: "0" },
  { type: "text-delta", id: "0", delta },
];

export function asked(words: string, id = "q"): UIMessage & { readonly role: "user" } {
  return { id, role: "user", parts: [{ type: "text", text: words }] };
}

export const call = (toolCallId: string): UIMessageChunk => ({
  type: "tool-input-available",
  toolCallId,
  toolName: "look",
  input: { at: 1 },
});

/** A call that the provider ran itself, and its output. */
export const search = (toolCallId: string): UIMessageChunk[] => [
  { type: "tool-input-available", toolCallId, toolName: "web_search", input: {}, providerExecuted: true },
  { type: "tool-output-available", toolCallId, output: {}, providerExecuted: true },
];

export async function* stream(...chunks: readonly UIMessageChunk[]): AsyncGenerator<UIMessageChunk> {
  for (const chunk of chunks) yield chunk;
}
