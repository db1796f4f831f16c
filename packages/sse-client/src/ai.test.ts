import { describeChatTransport } from "@agent-transports/conformance/chat";
import type { ChatTransport, UIMessage } from "ai";
import { describe, expect, expectTypeOf, it, vi } from "vitest";
import { createChatTransport } from "./ai.ts";

describeChatTransport({ transport: "sse", create: createChatTransport }, { describe, it });

it("is typed by the application's message type", () => {
  type Mine = UIMessage<{ readonly model: string }, { order: { readonly status: string } }>;
  const transport = createChatTransport<Mine>({ url: "https://agent.example" });
  expectTypeOf(transport).toExtend<ChatTransport<Mine>>();
  expectTypeOf<Parameters<typeof transport.sendMessages>[0]["messages"]>().toEqualTypeOf<Mine[]>();
});

it("reports what onError throws when the agent refuses a stop, without ending the process", async () => {
  const fault = new Error("of onError");
  const shown = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const refusal = { error: { code: "forbidden", message: "You may not." } };
  const transport = createChatTransport({
    url: "https://agent.example",
    fetch: async (_url, init) =>
      init?.method === "DELETE"
        ? Response.json(refusal, { status: 403 })
        : new Response(new ReadableStream(), { headers: { "Content-Type": "text/event-stream", "Agent-Run": "r" } }),
    onError: () => {
      throw fault;
    },
  });
  const abort = new AbortController();
  const messages: UIMessage[] = [{ id: "u1", role: "user", parts: [{ type: "text", text: "Hello" }] }];
  const asked = { chatId: "chat", trigger: "submit-message", messageId: undefined, messages, abortSignal: abort.signal } as const;
  await transport.sendMessages(asked);
  abort.abort();
  await vi.waitFor(() => expect(shown).toHaveBeenCalledWith(fault), { timeout: 20_000 });
  transport.close();
  shown.mockRestore();
});
