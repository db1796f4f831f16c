import { createChatTransport as overSse } from "@agent-transports/sse-client/ai";
import { createChatTransport as overWs } from "@agent-transports/ws-client/ai";
import { StrictMode, type JSX } from "react";
import { createRoot } from "react-dom/client";
import { Chat as SseChat } from "./sse.tsx";
import { HeldChat } from "./held.tsx";
import { ToolChat } from "./tools.tsx";
import { Chat as WsChat } from "./ws.tsx";

/** The page that the tests open: one of the chats, in development mode and StrictMode, where React mounts everything twice. */
const asked = new URLSearchParams(location.search);
const transport = asked.get("transport");
const create = transport === "sse" ? overSse : overWs;
const agent = { url: asked.get("url") ?? "", name: asked.get("name") ?? "" };
const chats: Readonly<Record<string, () => JSX.Element>> = {
  readme: () => (transport === "sse" ? <SseChat id="chat-1" /> : <WsChat id="chat-1" />),
  many: () => (
    <>
      {Array.from({ length: 4 }, (_, index) => (
        <section key={index}>{chats["readme"]?.()}</section>
      ))}
    </>
  ),
  tools: () => {
    const context = asked.get("context") === "agent" ? "agent" : "client";
    const tools = { note: { description: "Takes a note.", inputSchema: { type: "object" } } };
    return <ToolChat id="chat-1" transport={create({ ...agent, tools, context })} />;
  },
  held: () => <HeldChat transport={create(agent)} />,
};
const root = document.getElementById("root");
if (root === null) throw new Error("The page has no root.");
createRoot(root).render(<StrictMode>{chats[asked.get("page") ?? "readme"]?.()}</StrictMode>);
