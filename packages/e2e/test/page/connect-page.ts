/** Connects before its first question, and asks two. */
import { createSseClient } from "@agent-transports/sse-client";

export interface ConnectPage {
  ask(url: string): Promise<void>;
}

declare global {
  interface Window {
    connecting: ConnectPage;
  }
}

window.connecting = {
  async ask(url) {
    using client = createSseClient({ url, headers: { Authorization: "Bearer of-a-page" } });
    await client.connect();
    for (let question = 0; question < 2; question++) for await (const event of client.start({ prompt: "Hello" })) void event;
  },
};
