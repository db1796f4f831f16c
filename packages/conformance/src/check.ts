import { cases, casesOfTheLine, type CaseContext, type ConformanceCase, type Subject } from "./cases/index.ts";
import type { ScriptedServer } from "./script.ts";
import { withinCaseLimit } from "./time-limit.ts";
import type { TransportClient } from "@agent-transports/client-core";

/** A case and the subject that must pass it. Nothing in it is of one runtime. */
export interface Check {
  readonly title: string;
  /** What it says depends on what is on its way meanwhile: where not all can be run at a distance, this one is. */
  readonly ofTheLine?: boolean;
  /** @param startServer gives a server of the check's own, which it closes */
  readonly run: (startServer: () => Promise<ScriptedServer>) => Promise<void>;
}

/** @param limitMs how long the case may take */
export async function runCaseOn(
  subject: Subject,
  one: ConformanceCase,
  startServer: () => Promise<ScriptedServer>,
  limitMs?: number,
): Promise<void> {
  await withServer(
    startServer,
    (server, closeLater) =>
      one.run({
        server,
        transport: subject.transport,
        client: (options: Parameters<CaseContext["client"]>[0] = {}) =>
          // What a case is not about would be on the console, where a runtime that complains of something is at fault.
          closeLater(subject.create({ url: server.url, onError: () => undefined, ...options })),
      }),
    limitMs,
  );
}

/** The cases that the subject's transport can have: one of another transport is no test of this client, and so is not counted as one. */
export function clientChecks(subject: Subject): readonly Check[] {
  demandTransport(subject.transport);
  return cases
    .filter(
      ({ only, needs }) =>
        (only === undefined || only.transport === subject.transport) && (needs === undefined || subject.isSmall !== true),
    )
    .map((one) => ({ title: one.title, ofTheLine: casesOfTheLine.has(one), run: (startServer) => runCaseOn(subject, one, startServer) }));
}

/** A misspelt transport would have only the cases that both transports have, and pass. @throws Error */
export function demandTransport(transport: string): void {
  if (transport !== "sse" && transport !== "ws") throw new Error(`transport: ${transport} cannot work. Give "sse" or "ws".`);
}

type Closable = Pick<TransportClient, "close">;

/** What it is given is closed when the case is over, however it ends. */
export type CloseLater = <Made extends Closable>(made: Made) => Made;

/** A server, and what is made on it, for as long as a case runs. One that does not end is ended: see {@link withinCaseLimit}. */
export async function withServer(
  startServer: () => Promise<ScriptedServer>,
  body: (server: ScriptedServer, closeLater: CloseLater) => Promise<void>,
  limitMs?: number,
): Promise<void> {
  const server = await startServer();
  const made: Closable[] = [];
  try {
    const ends = body(server, (one) => {
      made.push(one);
      return one;
    });
    await withinCaseLimit(ends, limitMs);
  } finally {
    try {
      for (const one of made) one.close();
    } finally {
      await server.close();
    }
  }
}
