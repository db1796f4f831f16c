import { cases, casesOfTheLine, type CaseContext, type ConformanceCase, type Subject } from "./cases/index.ts";
import type { ScriptedServer } from "./script.ts";
import type { TransportClient } from "@agent-transports/client-core";

/** A case and the subject that must pass it. Nothing in it is of one runtime. */
export interface Check {
  readonly title: string;
  /** What it says depends on what is on its way meanwhile: where not all can be run at a distance, this one is. */
  readonly ofTheLine?: boolean;
  /** @param startServer gives a server of the check's own, which it closes */
  readonly run: (startServer: () => Promise<ScriptedServer>) => Promise<void>;
}

export async function runCaseOn(subject: Subject, one: ConformanceCase, startServer: () => Promise<ScriptedServer>): Promise<void> {
  await withServer(startServer, (server, closeLater) =>
    one.run({
      server,
      transport: subject.transport,
      client: (options: Parameters<CaseContext["client"]>[0] = {}) =>
        // What a case is not about would be on the console, where a runtime that complains of something is at fault.
        closeLater(subject.create({ url: server.url, onError: () => undefined, ...options })),
    }),
  );
}

/** The cases that the subject's transport can have: one of another transport is no test of this client, and so is not counted as one. */
export function clientChecks(subject: Subject): readonly Check[] {
  return cases
    .filter(
      ({ only, needs }) =>
        (only === undefined || only.transport === subject.transport) && (needs === undefined || subject.isSmall !== true),
    )
    .map((one) => ({ title: one.title, ofTheLine: casesOfTheLine.has(one), run: (startServer) => runCaseOn(subject, one, startServer) }));
}

type Closable = Pick<TransportClient, "close">;

/** A server, and what is made on it, for as long as a case runs. */
export async function withServer(
  startServer: () => Promise<ScriptedServer>,
  body: (server: ScriptedServer, closeLater: <Made extends Closable>(made: Made) => Made) => Promise<void>,
): Promise<void> {
  const server = await startServer();
  const made: Closable[] = [];
  try {
    await body(server, (one) => {
      made.push(one);
      return one;
    });
  } finally {
    for (const one of made) one.close();
    await server.close();
  }
}
