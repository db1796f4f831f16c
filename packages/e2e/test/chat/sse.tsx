import { createChatTransport, type ChatConnection } from "@agent-transports/sse-client/ai";
import { useChat } from "@ai-sdk/react";
import { generateId, type UIMessage } from "ai";
import { useState, useSyncExternalStore, type JSX } from "react";

// One for the whole page, and not made anew by each rendering.
const transport = createChatTransport({ url: "https://my-agent.example.workers.dev", name: "demo" });

// Your database. Here: the browser.
const load = (id: string): UIMessage[] => JSON.parse(localStorage.getItem(id) ?? "[]");
const save = (id: string, messages: UIMessage[]): void => localStorage.setItem(id, JSON.stringify(messages));

export function Chat({ id }: { readonly id: string }): JSX.Element {
  const [saved] = useState(() => load(id));
  const [text, setText] = useState("");
  const { messages, sendMessage, regenerate, resumeStream, stop, status, error } = useChat({
    id,
    transport,
    messages: saved,
    resume: true,
    // An answer is saved when it has ended: until then the agent has it, and a reload streams it from its first word.
    onFinish: ({ messages }) => save(id, messages),
  });

  const connectionOf = (): ChatConnection => transport.connectionOf(id);
  const connection = useSyncExternalStore(transport.onStateChange, connectionOf, connectionOf);
  // Of an answer that a reload comes back to, useChat knows nothing before its first word.
  const busy = status === "submitted" || status === "streaming" || connection.state !== "idle";

  function ask(): void {
    if (busy) return;
    const question: UIMessage = { id: generateId(), role: "user", parts: [{ type: "text", text }] };
    // A question is saved before it is sent.
    save(id, [...messages, question]);
    setText("");
    void sendMessage(question);
  }

  async function retry(): Promise<void> {
    // Resumes an answer that still runs at the agent. Asks again for one that is over, for example because the agent was restarted.
    await ((await transport.canResume(id)) ? resumeStream() : regenerate());
  }

  return (
    <main aria-busy={busy}>
      {messages.map(({ id, role, parts }) => (
        <p key={id} className={role}>
          {parts.map((part) => (part.type === "text" ? part.text : ""))}
        </p>
      ))}
      {connection.attempt > 0 && <p role="status">Reconnecting …</p>}
      {error && <p role="alert">{error.message}</p>}
      {error && <button onClick={() => void retry()}>Retry</button>}
      <input value={text} onFocus={() => void transport.connect()} onChange={({ target }) => setText(target.value)} />
      <button onClick={ask} disabled={busy}>
        Send
      </button>
      <button onClick={() => void stop()}>Stop</button>
    </main>
  );
}
