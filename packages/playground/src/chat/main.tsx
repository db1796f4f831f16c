import { createChatTransport as overSse } from "@agent-transports/sse-client/ai";
import { createChatTransport as overWs } from "@agent-transports/ws-client/ai";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { config } from "zod";
import { Chat } from "./chat.tsx";

// The AI SDK checks with zod, which would compile its checks: the page's policy lets nothing be compiled.
config({ jitless: true });

const chosen = new URLSearchParams(location.search).get("transport") === "ws" ? "ws" : "sse";
// One for the whole page, and not made anew by each rendering.
const transport = (chosen === "ws" ? overWs : overSse)({ url: location.origin, name: "chat" });
const root = document.getElementById("root");
if (root === null) throw new Error("The page has no root.");
createRoot(root).render(
  <StrictMode>
    <header className="top">
      <h1>useChat over {chosen === "ws" ? "WebSocket" : "Server-Sent Events"}</h1>
      <p className="lead">
        The AI SDK’s useChat with this project’s transport. Reload in the middle of an answer: it goes on. The component is
        src/chat/chat.tsx of packages/playground.
      </p>
      <nav className="row" aria-label="Transports">
        <a href="?transport=sse" aria-current={chosen === "sse" ? "page" : undefined}>
          Over SSE
        </a>
        <a href="?transport=ws" aria-current={chosen === "ws" ? "page" : undefined}>
          Over WebSocket
        </a>
        <a href="/">Both side by side</a>
      </nav>
    </header>
    <main>
      <Chat id={`chat-${chosen}`} transport={transport} />
    </main>
  </StrictMode>,
);
