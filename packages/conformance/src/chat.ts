import type { TransportClient } from "@agent-transports/protocol";
import { chatCases, type ChatCase, type ChatSubject } from "./chat/index.ts";
import { startScriptedServer } from "./scripted-server.ts";
import { TestStorage } from "./test-storage.ts";
import type { Runner } from "./index.ts";

export type { ChatCase, ChatSubject };

/** Runs one case, with a server, a storage and transports of its own. @throws AssertionError where the transport does not do what the title says */
export async function runChatCase(subject: ChatSubject, one: ChatCase): Promise<void> {
  const server = await startScriptedServer();
  const storage = new TestStorage();
  const made: Pick<TransportClient, "close">[] = [];
  try {
    await one.run({
      server,
      storage,
      transport: (options = {}) => {
        const transport = subject.create({ url: server.url, storage, ...options });
        made.push(transport);
        return transport;
      },
    });
  } finally {
    for (const transport of made) transport.close();
    await server.close();
  }
}

/** Registers every case of a client's `ChatTransport`. */
export function describeChatTransport(subject: ChatSubject, { describe, it }: Runner): void {
  describe(`a ChatTransport over ${subject.transport}`, () => {
    for (const one of chatCases) it(one.title, () => runChatCase(subject, one));
  });
}
