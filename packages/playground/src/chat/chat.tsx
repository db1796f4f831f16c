import { useChat } from "@ai-sdk/react";
import type { ChatTransport, UIMessage } from "ai";
import { useState, useSyncExternalStore, type FormEvent, type JSX } from "react";

/** What both `createChatTransport`s give: of sse-client/ai and of ws-client/ai. */
export interface Transport extends ChatTransport<UIMessage> {
  connectionOf(chatId: string): { readonly attempt: number };
  /** Bound, so that React may call it by itself. */
  readonly onStateChange: (listener: () => void) => () => void;
}

// Your database. Here: the browser.
const load = (id: string): UIMessage[] => JSON.parse(localStorage.getItem(id) ?? "[]");
const save = (id: string, messages: UIMessage[]): void => localStorage.setItem(id, JSON.stringify(messages));

/** A chat that comes back after a reload, over either transport. */
export function Chat({ id, transport }: { readonly id: string; readonly transport: Transport }): JSX.Element {
  const [saved] = useState(() => load(id));
  const [text, setText] = useState("");
  const { messages, sendMessage, stop, status, error } = useChat({
    id,
    transport,
    messages: saved,
    resume: true,
    // Until an answer has ended the agent has it, and a reload streams it from its first word.
    onFinish: ({ messages }) => save(id, messages),
  });
  const attempt = (): number => transport.connectionOf(id).attempt;
  const reconnecting = useSyncExternalStore(transport.onStateChange, attempt) > 0;
  const busy = status === "submitted" || status === "streaming";

  function ask(event: FormEvent): void {
    event.preventDefault();
    if (text.trim() === "") return;
    const question: UIMessage = { id: crypto.randomUUID(), role: "user", parts: [{ type: "text", text }] };
    // A question is saved before it is sent.
    save(id, [...messages, question]);
    setText("");
    void sendMessage(question);
  }

  return (
    <section className="panel chat" aria-label="Chat" aria-busy={busy}>
      <div className="messages" role="log" tabIndex={0} aria-label="Messages">
        {messages.map(({ id, role, parts }) => (
          <p key={id} className={role}>
            {parts.map((part) => (part.type === "text" ? part.text : ""))}
          </p>
        ))}
      </div>
      <p className="note" role="status">
        {error === undefined ? (reconnecting ? "Reconnecting …" : "") : error.message}
      </p>
      <form className="row" onSubmit={ask}>
        <label className="grow">
          <span className="hidden">Message</span>
          <input value={text} autoComplete="off" placeholder="Ask something" onChange={({ target }) => setText(target.value)} />
        </label>
        <button className="primary" type="submit">
          Send
        </button>
        <button type="button" disabled={!busy} onClick={() => void stop()}>
          Stop
        </button>
      </form>
    </section>
  );
}
