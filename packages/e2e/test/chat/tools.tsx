import { useChat } from "@ai-sdk/react";
import { lastAssistantMessageIsCompleteWithToolCalls, type ChatTransport, type UIMessage } from "ai";
import { useState, type JSX } from "react";

/** A chat whose tool is carried out by the page. It keeps its messages by `onFinish` alone, which is when a run has ended. */
export function ToolChat({ id, transport }: { readonly id: string; readonly transport: ChatTransport<UIMessage> }): JSX.Element {
  const [saved] = useState((): UIMessage[] => JSON.parse(localStorage.getItem(id) ?? "[]"));
  const [text, setText] = useState("");
  const { messages, sendMessage, addToolOutput, status, error } = useChat({
    id,
    transport,
    messages: saved,
    resume: true,
    onFinish: ({ messages }) => localStorage.setItem(id, JSON.stringify(messages)),
    onToolCall: ({ toolCall }) => {
      const calls = Number(sessionStorage.getItem("calls") ?? "0") + 1;
      sessionStorage.setItem("calls", String(calls));
      void addToolOutput({ tool: toolCall.toolName, toolCallId: toolCall.toolCallId, output: toolCall.input });
    },
    sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithToolCalls,
  });
  return (
    <main aria-busy={status === "submitted" || status === "streaming"}>
      {messages.map(({ id, role, parts }) => (
        <p key={id} className={role}>
          {parts.map((part) => (part.type === "text" ? part.text : part.type.startsWith("tool-") ? `[${part.type}]` : ""))}
        </p>
      ))}
      {error && <p role="alert">{error.message}</p>}
      <input value={text} onChange={({ target }) => setText(target.value)} />
      <button onClick={() => void sendMessage({ text })}>Send</button>
    </main>
  );
}
