import { Chat, useChat } from "@ai-sdk/react";
import type { ChatTransport, UIMessage } from "ai";
import { useState, type JSX } from "react";

/** A chat that is held outside of the component that shows it, which comes and goes. */
export function HeldChat({ transport }: { readonly transport: ChatTransport<UIMessage> }): JSX.Element {
  const [chat] = useState(() => new Chat<UIMessage>({ id: "chat-1", transport }));
  const [shown, setShown] = useState(true);
  return (
    <>
      <button onClick={() => setShown(!shown)}>{shown ? "Leave" : "Return"}</button>
      {shown && <View chat={chat} />}
    </>
  );
}

function View({ chat }: { readonly chat: Chat<UIMessage> }): JSX.Element {
  const [text, setText] = useState("");
  const { messages, sendMessage, status } = useChat({ chat, resume: true });
  return (
    <main aria-busy={status === "submitted" || status === "streaming"}>
      {messages.map(({ id, role, parts }) => (
        <p key={id} className={role}>
          {parts.map((part) => (part.type === "text" ? part.text : ""))}
        </p>
      ))}
      <input value={text} onChange={({ target }) => setText(target.value)} />
      <button onClick={() => void sendMessage({ text })}>Send</button>
    </main>
  );
}
