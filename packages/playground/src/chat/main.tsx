import "./no-eval.ts";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { readAbout } from "../about.ts";
import { newName } from "../settings/settings.ts";
import { tabStorage } from "../settings/tab-storage.ts";
import { tokenFor } from "../settings/trust.ts";
import { Chat } from "./chat.tsx";
import { createTransport } from "./transport.ts";

const NAME = "playground-chat-name";

/** An agent of this tab's own, so that nobody else's answers stand in its log. A reload finds it again. */
function nameOfTab(): string {
  const name = tabStorage().getItem(NAME) ?? newName();
  tabStorage().setItem(NAME, name);
  return name;
}

const chosen = new URLSearchParams(location.search).get("transport") === "ws" ? "ws" : "sse";
const asksForToken = (await readAbout())?.asksForToken === true;
// The page with both side by side keeps it, in this tab and for this origin.
const token = asksForToken ? tokenFor(undefined) : undefined;
const name = nameOfTab();
// One for the whole page, and not made anew by each rendering.
const transport = createTransport(chosen, { url: location.origin, name, token });
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
      {asksForToken && token === undefined ? (
        <p className="about" role="status">
          This Agent asks for a token. <a href="/">Give it on the page with both side by side</a>, and come back in this tab.
        </p>
      ) : (
        <Chat id={`${name}-${chosen}`} transport={transport} />
      )}
    </main>
  </StrictMode>,
);
