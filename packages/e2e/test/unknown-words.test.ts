/** Options that take a word of a closed list. TypeScript refuses another one; a program in JavaScript, or a setting that is read, has it all the same. */
import { describeConformance, subjectOfCore } from "@agent-transports/conformance";
import { describeChatTransport } from "@agent-transports/conformance/chat";
import { TransportError } from "@agent-transports/client-core";
import { createSseClient } from "@agent-transports/sse-client";
import { createChatTransport as createSseChat } from "@agent-transports/sse-client/ai";
import { createChatTransport as createWsChat } from "@agent-transports/ws-client/ai";
import { expect, it } from "vitest";

/** As a program without types gives it. */
function untyped<Option extends string>(word: string): Option {
  return word as Option;
}

const url = "https://agent.example";
const none = { describe: (_title: string, body: () => void) => body(), it: () => undefined };

it.each<[what: string, give: (word: string) => unknown, named: string, words: readonly string[]]>([
  ["context of sse-client's chat", (word) => createSseChat({ url, context: untyped(word) }), "context", ["client", "agent"]],
  ["context of ws-client's chat", (word) => createWsChat({ url, context: untyped(word) }), "context", ["client", "agent"]],
  [
    "credentials of sse-client",
    (word) => createSseClient({ url, credentials: untyped(word) }),
    "credentials",
    ["omit", "same-origin", "include"],
  ],
  [
    "transport of the conformance suite",
    (word) => describeConformance({ transport: untyped(word), create: createSseClient }, none),
    "transport",
    ["sse", "ws"],
  ],
  [
    "transport of the conformance suite for a small client",
    (word) => describeConformance(subjectOfCore({ transport: untyped(word), create: createSseClient }), none),
    "transport",
    ["sse", "ws"],
  ],
  [
    "transport of the conformance suite for a chat",
    (word) => describeChatTransport({ transport: untyped(word), create: createSseChat }, none),
    "transport",
    ["sse", "ws"],
  ],
])("the option %s takes each of its words, and refuses any other by name", (_what, give, named, words) => {
  for (const word of words) expect(() => give(word)).not.toThrow();
  for (const word of ["", "Agent", "clients", "same_origin", "SSE", " ws", "toString", ...words.map((word) => `${word} `)]) {
    expect(() => give(word)).toThrow(new RegExp(`^${named}: `));
    // The suite's is for who writes a test, and no client's.
    expect(() => give(word)).toThrow(named === "transport" ? Error : TransportError);
  }
});

it("a chat whose credentials are misspelt says so with its first question, and asks nothing", async () => {
  const chat = createSseChat({ url, credentials: untyped("sameorigin"), fetch: () => expect.unreachable("It asks.") });
  await expect(chat.connect()).rejects.toMatchObject({ code: "invalid_option", message: expect.stringContaining("credentials") });
  chat.close();
});
