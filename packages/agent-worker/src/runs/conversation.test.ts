import type { UIMessage } from "ai";
import { afterEach, describe, expect, it, vi } from "vitest";
import { conversationIn, fillDisk } from "../../test/recovery/conversations.ts";
import { TestSql } from "../../test/sql-storage.ts";
import { Conversation } from "./conversation.ts";

afterEach(() => void vi.restoreAllMocks());

function message(id: string, text: string = id): UIMessage {
  return { id, role: "assistant", parts: [{ type: "text", text }] };
}

function conversationOf(sql: TestSql, ...messages: readonly UIMessage[]): Conversation {
  const conversation = new Conversation(sql.storage);
  for (const one of messages) conversation.append(one);
  return conversation;
}

/** As an agent of an earlier version left it. */
function store(sql: TestSql, position: number, piece: number, text: string): void {
  sql.exec("INSERT INTO transport_messages (position, piece, text) VALUES (?, ?, ?)", position, piece, text);
}

const LONG = "x".repeat(1_200_000);

describe("a message that SQLite does not take", () => {
  it.each<[string, UIMessage, number]>([
    ["a new one", message("d"), 0],
    ["a new one of several rows, in its second", message("d", LONG), 1],
    ["one that goes on", message("b", "b goes on"), 0],
    ["one that goes on, in its second row", message("b", LONG), 1],
    ["one of several rows that goes on", message("c", `${LONG} and more`), 2],
  ])("leaves all as it was, in memory and in the store: %s", (_what, next, piece) => {
    const sql = new TestSql();
    const before = [message("a"), message("b"), message("c", LONG)];
    const conversation = conversationOf(sql, ...before);
    const makeRoom = fillDisk(sql, piece);
    expect(() => conversation.put(next)).toThrow("full");
    expect(conversation.messages).toEqual(before);
    expect(conversationIn(sql)).toEqual(before);
    makeRoom();
    conversation.put(next);
    expect(conversation.messages.find(({ id }) => id === next.id)).toEqual(next);
    expect(conversationIn(sql)).toEqual(conversation.messages);
  });

  it("leaves all as it was where a run begins with it", () => {
    const sql = new TestSql();
    const conversation = conversationOf(sql, message("a"));
    fillDisk(sql);
    for (const next of [message("a", "again"), message("b")]) expect(() => conversation.append(next)).toThrow("full");
    expect(conversation.messages).toEqual([message("a")]);
    expect(conversationIn(sql)).toEqual([message("a")]);
  });

  it("that JSON cannot hold leaves all as it was", () => {
    const sql = new TestSql();
    const conversation = conversationOf(sql, message("a"));
    const endless: UIMessage = { ...message("a"), metadata: {} };
    Object.assign(endless.metadata as object, { endless });
    expect(() => conversation.put(endless)).toThrow("circular");
    expect(conversation.messages).toEqual([message("a")]);
    expect(conversationIn(sql)).toEqual([message("a")]);
  });
});

describe("a conversation that an earlier version left in part", () => {
  const half = JSON.stringify(message("half", LONG)).slice(0, 500_000);

  it.each<[string, (sql: TestSql) => void, string]>([
    ["without a message", () => undefined, "position 1."],
    ["with the first rows of one", (sql) => store(sql, 1, 0, half), "position 1."],
    ["with the first rows of the last one", (sql) => store(sql, 3, 0, half), "position 1, 3."],
  ])("goes on %s, and says so once", (_what, leave, where) => {
    const told = vi.spyOn(console, "error").mockReturnValue();
    vi.stubEnv("LOG_ERRORS", "1");
    const sql = new TestSql();
    const conversation = new Conversation(sql.storage);
    for (const [position, id] of [[0, "a"] as const, [2, "c"] as const]) store(sql, position, 0, JSON.stringify(message(id)));
    leave(sql);
    expect(conversation.messages.map(({ id }) => id)).toEqual(["a", "c"]);
    conversation.put(message("c", "c goes on"));
    conversation.append(message("d"));
    conversation.put(message("e"));
    conversation.put(message("a", "a goes on"));
    expect(told).toHaveBeenCalledTimes(1);
    expect(told.mock.calls[0]?.[1]).toMatchObject({ name: "MessageNotWholeError", message: expect.stringContaining(where) });
    const whole = [message("a", "a goes on"), message("c", "c goes on"), message("d"), message("e")];
    expect(conversation.messages).toEqual(whole);
    expect(conversationIn(sql)).toEqual(whole);
    vi.unstubAllEnvs();
  });
});
