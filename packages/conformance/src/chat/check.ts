import { demandTransport, withServer, type Check } from "../check.ts";
import type { ScriptedServer } from "../script.ts";
import { chatCases } from "./index.ts";
import { TestStorage } from "../test-storage.ts";
import type { ChatCase, ChatSubject } from "./support.ts";

export function chatChecks(subject: ChatSubject): readonly Check[] {
  demandTransport(subject.transport);
  return chatCases.map((one) => ({ title: one.title, run: (startServer) => runChatCase(subject, one, startServer) }));
}

async function runChatCase(subject: ChatSubject, one: ChatCase, startServer: () => Promise<ScriptedServer>): Promise<void> {
  const storage = new TestStorage();
  await withServer(startServer, (server, closeLater) =>
    one.run({
      server,
      storage,
      // A stop that is under way as a case ends finds no server any more, and that is told.
      transport: (options = {}) => closeLater(subject.create({ url: server.url, storage, onError: () => undefined, ...options })),
    }),
  );
}
