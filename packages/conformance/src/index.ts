import { cases, type CaseContext, type ConformanceCase, type Subject } from "./cases/index.ts";
import { startScriptedServer } from "./scripted-server.ts";
import type { ClientOptions, TransportClient } from "@agent-transports/protocol";

export { cases, type CaseContext, type ConformanceCase, type Subject };
export { startScriptedServer } from "./scripted-server.ts";
export type { Asked, Plan, ScriptedRun, ScriptedServer, Step } from "./script.ts";

/** What registers the tests: vitest's, node:test's or Bun's. */
export interface Runner {
  readonly describe: (title: string, body: () => void) => unknown;
  readonly it: (title: string, body: () => Promise<void>) => unknown;
}

/** Runs one case, with a server and clients of its own. @throws AssertionError where the client does not do what the title says */
export async function runCase(subject: Subject, one: ConformanceCase): Promise<void> {
  const server = await startScriptedServer();
  const clients: TransportClient[] = [];
  const context: CaseContext = {
    server,
    transport: subject.transport,
    client(options: Partial<ClientOptions> = {}) {
      const client = subject.create({ url: server.url, ...options });
      clients.push(client);
      return client;
    },
  };
  try {
    await one.run(context);
  } finally {
    for (const client of clients) client.close();
    await server.close();
  }
}

/** Registers every case that this transport can have. */
export function describeConformance(subject: Subject, { describe, it }: Runner): void {
  describe(`a client over ${subject.transport}`, () => {
    for (const one of cases) {
      if (one.only === undefined || one.only === subject.transport) it(one.title, () => runCase(subject, one));
    }
  });
}
