import { useChat } from "@ai-sdk/react";
import { generateId, type ChatTransport, type UIMessage } from "ai";
import { useState, useSyncExternalStore, type FormEvent, type JSX } from "react";
import { tabStorage } from "../settings/tab-storage.ts";

/** What both `createChatTransport`s give: of sse-client/ai and of ws-client/ai. */
export interface Transport extends ChatTransport<UIMessage> {
  /** The same object until it changes. */
  connectionOf(chatId: string): { readonly state: string; readonly attempt: number };
  /** Bound, so that React may call it by itself. */
  readonly onStateChange: (listener: () => void) => () => void;
}

// Your database. Here: this tab's storage, as the agent's name is this tab's own. In `localStorage`, the messages of closed tabs would stay for ever.
const load = (id: string): UIMessage[] => JSON.parse(tabStorage().getItem(id) ?? "[]");
const save = (id: string, messages: UIMessage[]): void => tabStorage().setItem(id, JSON.stringify(messages));

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
  const connection = useSyncExternalStore(transport.onStateChange, () => transport.connectionOf(id));
  // Of an answer that a reload comes back to, useChat knows nothing before its first word.
  const busy = status === "submitted" || status === "streaming" || connection.state !== "idle";

  function ask(event: FormEvent): void {
    event.preventDefault();
    // useChat would take a second question, and stop() would end the second answer alone.
    if (busy || text.trim() === "") return;
    const question: UIMessage = { id: generateId(), role: "user", parts: [{ type: "text", text }] };
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
        {error === undefined ? (connection.attempt > 0 ? "Reconnecting …" : "") : error.message}
      </p>
      <form className="row" onSubmit={ask}>
        <label className="grow">
          <span className="hidden">Message</span>
          <input value={text} autoComplete="off" placeholder="Ask something" onChange={({ target }) => setText(target.value)} />
        </label>
        {/* Not `disabled`: a button that is loses the focus of whoever presses it. */}
        <button className="primary" type="submit" aria-disabled={busy}>
          Send
        </button>
        <button type="button" aria-disabled={!busy} onClick={() => void (busy && stop())}>
          Stop
        </button>
      </form>
    </section>
  );
}
