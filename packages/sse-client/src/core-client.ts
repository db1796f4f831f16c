import {
  answered,
  coreSettingsOf,
  fault,
  LostError,
  makeCoreClient,
  TransportError,
  type Arrival,
  type Connect,
  type CoreClient,
  type CoreSettings,
  type Line,
  type Target,
} from "@agent-transports/client-core";
import {
  HEADER_HEARTBEAT,
  HEADER_RUN,
  isChunk,
  isErrorBody,
  isRunEnd,
  isRunId,
  type ChunkLike,
  type ChunkOf,
  type RunEndChunk,
  type RunInfo,
  type UIMessageLike,
} from "@agent-transports/protocol";
import { createParser } from "eventsource-parser";
import { drain } from "./connection.ts";
import { retryAfterMs } from "./http.ts";
import type { SseCoreOptions } from "./options.ts";

/** RFC 9110 §8.3.1: whatever its case and its parameters. */
const IS_EVENT_STREAM = /^[ \t]*text\/event-stream[ \t]*(;|$)/i;

/**
 * A small client of one agent, over Server-Sent Events: it starts runs, follows, resumes and tries again. Each followed run has a connection while it is live.
 *
 * @typeParam Message the application's `UIMessage`, whose `data-*` parts and metadata its runs' chunks then have
 * @throws TransportError `invalid_option`
 */
export function createSseClient<Message extends UIMessageLike = UIMessageLike>(options: SseCoreOptions): CoreClient<ChunkOf<Message>> {
  const settings = coreSettingsOf(options, /^https?:$/);
  return makeCoreClient(settings, connectOf(settings, options));
}

function connectOf(settings: CoreSettings, options: SseCoreOptions): Connect {
  /** One request. @throws LostError where another try is worth it; TransportError where the answer is final */
  async function request(path: string, signal: AbortSignal, cursor?: string, body?: string): Promise<Response> {
    const { headers: given, credentials, fetch: send = fetch } = options;
    const url = await settings.urlOf(path, { heartbeat: String(settings.heartbeatMs) });
    const headers = new Headers(typeof given === "function" ? await given() : given);
    headers.set("Accept", "text/event-stream");
    if (cursor) headers.set("Last-Event-ID", cursor);
    if (body) headers.set("Content-Type", "application/json");
    const response = await send(url, {
      headers,
      signal,
      ...(credentials && { credentials }),
      // A start goes without that cache mode, for the sake of the preflight: http.ts says why.
      ...(body ? { method: "POST", body } : { cache: "no-store" }),
    });
    const { status } = response;
    if (status < 400) return response;
    // Of a proxy's page the status is all that it says. What was lost in its middle is asked for again.
    const answer = jsonOf(await response.text());
    const error = isErrorBody(answer?.error) ? answer.error : { code: "unexpected_response", message: whatCame(response) };
    throw answered(new TransportError(error, { status }), retryAfterMs(response.headers.get("Retry-After")));
  }

  return async function* connect<Chunk extends ChunkLike>(target: Target, line: Line) {
    const { id, cursor, start } = target;
    const { signal } = line;
    const run = `/runs/${id}`;
    const response = await (id === undefined
      ? request("/runs", signal, undefined, `${start!.input.slice(0, -1)},"key":${JSON.stringify(start!.key)}}`)
      : request(`${run}/events`, signal, cursor));
    const { status, headers } = response;
    if (status === 204 && id) {
      const { id: of, state, error, lastEventId } = jsonOf(await (await request(run, signal)).text()) ?? {};
      const chunk = { type: "data-run-end", data: error ? { state, error } : { state } };
      if (of !== id || lastEventId !== (cursor ?? null) || !isChunk<RunEndChunk>(chunk)) throw fault(whatCame(response));
      line.opened();
      return chunk.data;
    }
    const body = response.body?.getReader();
    let ended = false;
    try {
      signal.throwIfAborted(); // A `fetch` of the application's may take no notice of it, and answer a try that was given up.
      if (status !== 200 || body === undefined || !IS_EVENT_STREAM.test(headers.get("Content-Type") ?? "")) throw fault(whatCame(response));
      const said = headers.get(HEADER_RUN) ?? id;
      if (!isRunId(said) || (id && id !== said)) throw fault(`${HEADER_RUN}: ${said}`);
      target.id = said;
      line.opened(Number(headers.get(HEADER_HEARTBEAT)));
      let arrivals: Arrival<Chunk>[] = [];
      let broken: unknown;
      const parser = createParser({
        maxBufferSize: 4e6, // As in connection.ts.
        onRetry: line.retry,
        onEvent({ event, id, data }) {
          // Named events are not of this protocol; an extension of it may use them.
          if (ended || broken || event !== undefined) return;
          const chunk = jsonOf(data);
          if (id === undefined || !isChunk<Chunk>(chunk)) {
            broken = fault(`No event: ${data.slice(0, 80)}`); // After what came before it.
            return;
          }
          ended = isRunEnd(chunk);
          arrivals.push([id, chunk]);
        },
      });
      // ignoreBOM: the parser strips the one that may lead; stripping here too would be one too many.
      const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
      for (;;) {
        const { done, value } = await body.read();
        if (done) throw new LostError("The stream ended.");
        line.heard();
        parser.feed(decoder.decode(value, { stream: true }));
        if (arrivals.length > 0) yield arrivals;
        arrivals = [];
        if (broken) throw broken;
      }
    } finally {
      // Broken already, given up, or nobody reads it: nothing more is to be learnt of it.
      if (ended && body !== undefined) void drain(body);
      else void body?.cancel().catch(() => undefined);
    }
  };
}

/** In the place of what was due. */
function whatCame({ status, headers }: Response): string {
  return `The server answered ${status}, ${headers.get("Content-Type")}.`;
}

/** @returns `undefined` for what is no JSON */
function jsonOf(text: string): { readonly [Member in keyof RunInfo]?: unknown } | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
