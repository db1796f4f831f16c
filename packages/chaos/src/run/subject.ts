import type { ClientOptions, Run, RunEvent, TransportClient } from "@agent-transports/client-core";
import { createSseClient } from "@agent-transports/sse-client";
import { createWsClient } from "@agent-transports/ws-client";
import type { TransportName } from "../plan/scenario.ts";

/** What is used of a run. Tests have clients that are wrong in one thing, and are no more than this. */
export interface SubjectRun extends Pick<
  Run,
  "started" | "lastEventId" | "connection" | "end" | "send" | "cancel" | "close" | "onStateChange"
> {
  [Symbol.asyncIterator](): AsyncIterator<RunEvent>;
}

export interface Subject {
  start(input: { readonly prompt: string }, options: { readonly key: string }): SubjectRun;
  resume(runId: string, options: { readonly after?: string }): SubjectRun;
  close(): void;
}

export type MakeClient = (transport: TransportName, options: ClientOptions) => Subject;

export function makeOurs(transport: TransportName, options: ClientOptions): TransportClient {
  return transport === "sse" ? createSseClient(options) : createWsClient(options);
}
