import { describeChatTransport } from "@agent-transports/conformance/chat";
import type { ChatTransport, UIMessage } from "ai";
import { describe, expectTypeOf, it } from "vitest";
import { createChatTransport } from "./ai.ts";

describeChatTransport({ transport: "ws", create: createChatTransport }, { describe, it });

it("is typed by the application's message type", () => {
  type Mine = UIMessage<{ readonly model: string }, { order: { readonly status: string } }>;
  const transport = createChatTransport<Mine>({ url: "https://agent.example" });
  expectTypeOf(transport).toExtend<ChatTransport<Mine>>();
  expectTypeOf<Parameters<typeof transport.sendMessages>[0]["messages"]>().toEqualTypeOf<Mine[]>();
});
