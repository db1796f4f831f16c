import { useAgentChat } from "@cloudflare/ai-chat/react";
import { useAgent } from "agents/react";
import type { UIMessage } from "ai";
import { createElement, Suspense, useEffect } from "react";
import { bareRoot } from "./bare-root.ts";

/** What a person sees of an answer. */
export interface Shown {
  /** Behind their last question, in order. */
  readonly text: string;
  /** The page says that an answer is being written, or that it will go on. */
  readonly busy: boolean;
  /** What the page says went wrong. */
  readonly error: string | undefined;
}

/** A page that shows an agent's chat. */
export interface ChatPage {
  /** Resolves once the page shows the conversation as it was. */
  readonly loaded: Promise<void>;
  ask(prompt: string): void;
  /** The person leaves. */
  close(): void;
}

type Chat = ReturnType<typeof useAgentChat>;

/**
 * `AIChatAgent`'s own page: the hooks `useAgent` and `useAgentChat` in React, with their defaults. Nothing is drawn.
 *
 * @param segment of its Agent, in the URL
 */
export function openChatPage(url: URL, segment: string, name: string, onShow: (shown: Shown) => void): ChatPage {
  const root = bareRoot();
  const { promise: loaded, resolve } = Promise.withResolvers<void>();
  let chat: Chat | undefined;
  const Page = (): null => {
    const agent = useAgent({ agent: segment, name, host: url.host, protocol: "ws" });
    const current = useAgentChat({ agent });
    const { messages, status, isStreaming, isRecovering, error } = current;
    useEffect(() => {
      chat = current;
      resolve();
      const busy = status === "submitted" || isStreaming || isRecovering;
      onShow({ text: answerIn(messages), busy, error: error?.message });
    });
    return null;
  };
  root.render(createElement(Suspense, { fallback: null }, createElement(Page)));
  return {
    loaded,
    ask(prompt) {
      if (chat === undefined) throw new Error("The page has not loaded yet.");
      // What fails is shown.
      void chat.sendMessage({ text: prompt });
    },
    close: () => root.unmount(),
  };
}

/** The words behind the last question. */
function answerIn(messages: readonly UIMessage[]): string {
  const asked = messages.findLastIndex(({ role }) => role === "user");
  if (asked === -1) return "";
  const parts = messages.slice(asked + 1).flatMap((message) => message.parts);
  return parts.map((part) => (part.type === "text" ? part.text : "")).join("");
}
