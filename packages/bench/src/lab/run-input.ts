import type { RunInput } from "@agent-transports/protocol";

/** A whole context of one message, so that no block grows a conversation that the next one pays for. */
export function contextOf(prompt: string): RunInput {
  return { messages: [{ id: "m", role: "user", parts: [textPart(prompt)] }] };
}

export function textPart(text: string): { readonly type: "text"; readonly text: string } {
  return { type: "text", text };
}
