import type { ClientTool, RunInput } from "@agent-transports/protocol";
import type { UIMessage } from "ai";
import type { RunContext } from "./context.ts";
import { fitsInRow } from "./log.ts";

/** What a run is generated from. */
export interface Origin {
  readonly messages: readonly UIMessage[];
  readonly clientTools: Readonly<Record<string, ClientTool>>;
  /** Whether the answer goes into the conversation. */
  readonly kept: boolean;
}

/** As the log keeps it: of a conversation its length, and its last message, which another run may replace. */
type StoredOrigin = { readonly tools?: Origin["clientTools"] } & (
  | { readonly upTo: number; readonly last: UIMessage | undefined }
  | { readonly messages: readonly UIMessage[] }
);

export function originOf(input: RunInput, context: RunContext): Origin {
  return { messages: context.messages, clientTools: input.tools ?? {}, kept: context.kept };
}

/** @returns `null` where it is too large for a row: then the run cannot be taken up again */
export function storedOrigin({ messages, clientTools, kept }: Origin): string | null {
  const tools = Object.keys(clientTools).length === 0 ? {} : { tools: clientTools };
  const stored: StoredOrigin = kept ? { ...tools, upTo: messages.length - 1, last: messages.at(-1) } : { ...tools, messages };
  const text = JSON.stringify(stored);
  return fitsInRow(text) ? text : null;
}

/** @param conversation as it is now: other runs may have added to it */
export function restoredOrigin(text: string, conversation: readonly UIMessage[]): Origin {
  const stored: StoredOrigin = JSON.parse(text);
  const clientTools = stored.tools ?? {};
  if ("messages" in stored) return { messages: stored.messages, clientTools, kept: false };
  const { upTo, last } = stored;
  return { messages: [...conversation.slice(0, upTo), ...(last === undefined ? [] : [last])], clientTools, kept: true };
}
