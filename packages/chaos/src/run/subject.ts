import type { ClientOptions, Run, RunEvent } from "@agent-transports/client-core";
import type { RunInput } from "@agent-transports/protocol";
import type { Reads, TransportName } from "../plan/scenario.ts";

/** What is used of a run. Tests have clients that are wrong in one thing, and are no more than this. */
export interface SubjectRun extends Pick<
  Run,
  "started" | "lastEventId" | "connection" | "end" | "send" | "cancel" | "close" | "onStateChange"
> {
  [Symbol.asyncIterator](): AsyncIterator<RunEvent>;
  /** Not every client has them. */
  readonly batches?: () => AsyncIterable<readonly RunEvent[]>;
}

interface Listening {
  readonly signal?: AbortSignal;
}

export interface Subject {
  start(input: RunInput, options: Listening & { readonly key: string; readonly saveAs?: string }): SubjectRun;
  resume(runId: string, options: Listening & { readonly after?: string; readonly saveAs?: string }): SubjectRun;
  restore(saveAs: string, options: Listening): Promise<SubjectRun | undefined>;
  close(): void;
}

/** Whose connections begin elsewhere than in this process' own network brings what makes them. */
export interface SubjectOptions extends ClientOptions {
  readonly fetch?: typeof fetch;
  readonly WebSocket?: typeof WebSocket;
}

/** @param reads how it is to read: the small client is another one */
export type MakeClient = (transport: TransportName, options: SubjectOptions, reads: Reads) => Subject;
