import type { Start } from "@agent-transports/client-core";
import { HEADER_RUN, isRunId, isRunInfo, JsonText, mediaType, withMember, type RunEnd, type RunInfo } from "@agent-transports/protocol";
import { insteadOf, unexpected, type HttpRequest } from "./http.ts";

/** PROTOCOL.md §3.1 to §3.3: asking for an event stream, and what its answer has to be. */

const START_PATH = "/runs";

/** What is asked for. */
export interface Wanted {
  /** Absent for a run that is to be started. */
  readonly id?: string | undefined;
  readonly cursor?: string | undefined;
  readonly start?: Start | undefined;
}

export function requestOf({ id, cursor, start }: Wanted, heartbeatMs: number): HttpRequest {
  const stream = { accept: "text/event-stream", query: [["heartbeat", String(heartbeatMs)]] } as const;
  if (id === undefined) {
    const { key, input } = start!;
    return { ...stream, method: "POST", path: START_PATH, body: withMember(input.text, "key", new JsonText(JSON.stringify(key))) };
  }
  return { ...stream, method: "GET", path: `${runPath(id)}/events`, headers: cursor === undefined ? {} : { "Last-Event-ID": cursor } };
}

/** Opens the connection for a start (PROTOCOL.md §3.7): its URL is that of one, because a browser remembers preflights by URL. */
export function connectRequestOf(heartbeatMs: number): HttpRequest {
  return { method: "OPTIONS", path: START_PATH, accept: "text/event-stream", query: [["heartbeat", String(heartbeatMs)]] };
}

export function runPath(runId: string): string {
  return `/runs/${encodeURIComponent(runId)}`;
}

/** A response that is one: see {@link streamOf}. */
export type EventStream = Response & { readonly body: NonNullable<Response["body"]> };

function isEventStream(response: Response): response is EventStream {
  return response.status === 200 && mediaType(response.headers.get("Content-Type")) === "text/event-stream" && response.body !== null;
}

/** @throws TransportError `unexpected_response` */
export function streamOf(response: Response): EventStream {
  if (isEventStream(response)) return response;
  throw unexpected(insteadOf("an event stream", response));
}

/** The run that is answered. @throws TransportError `unexpected_response` where it is another than the one that was asked for */
export function runOf(response: Response, asked: string | undefined): string {
  const id = response.headers.get(HEADER_RUN) ?? asked;
  if (id === undefined) throw unexpected(`The answer to a start has no ${HEADER_RUN} header. Across origins, the server must expose it.`);
  if (!isRunId(id) || (asked !== undefined && asked !== id)) throw unexpected(`The answer belongs to another run: ${id.slice(0, 80)}.`);
  return id;
}

/** Whether an answer is the resource of this run. */
export function isRunOf(id: string): (answer: unknown) => answer is RunInfo {
  return (answer): answer is RunInfo => isRunInfo(answer) && answer.id === id;
}

/** How a run ended of which nothing is left to read. @throws TransportError `unexpected_response` where its resource says something else */
export function endOf({ state, error, lastEventId }: RunInfo, cursor: string | undefined): RunEnd {
  if (state === "running" || lastEventId !== (cursor ?? null)) throw unexpected("The server answered 204, but the run has more events.");
  return { state, ...(error && { error }) };
}
