import { isBytes, isErrorBody, TransportError } from "@agent-transports/protocol";
import { agentUrl, answered, LostError, settingsOf, type Settings } from "@agent-transports/protocol/core";
import type { SseClientOptions } from "./options.ts";

export interface HttpRequest {
  readonly method: "GET" | "POST" | "DELETE";
  /** Below the agent's URL. */
  readonly path: string;
  readonly accept: "text/event-stream" | "application/json";
  readonly query?: readonly (readonly [string, string])[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes as they are, anything else as JSON. */
  readonly body?: unknown;
}

/** Requests to one agent. Each method is one try. */
export class Http {
  readonly settings: Settings;
  readonly #options: SseClientOptions;

  constructor(options: SseClientOptions) {
    this.settings = settingsOf(options, ["https:", "http:"]);
    this.#options = options;
  }

  /**
   * Sends a request, and gives the response once its status is there and good.
   *
   * @param signal ends the request, its body included
   * @throws LostError where another try is worth it; TransportError where the answer is final
   */
  async open(request: HttpRequest, signal: AbortSignal): Promise<Response> {
    try {
      const response = await this.#fetch(request, signal);
      const error = response.ok ? undefined : await errorOf(response);
      // A 502 of a proxy, with a page of its own, is no agent's answer.
      if (error?.code !== "unexpected_response") this.settings.firstContact.made();
      if (error !== undefined) throw answered(error, retryAfterMs(response.headers.get("Retry-After")));
      return response;
    } catch (error) {
      throw lossOf(error, signal);
    }
  }

  /** Sends a request and reads its JSON answer. */
  async json(request: Omit<HttpRequest, "accept">, signal: AbortSignal): Promise<unknown> {
    const response = await this.open({ ...request, accept: "application/json" }, signal);
    let text: string;
    try {
      text = await response.text();
    } catch (error) {
      throw lossOf(error, signal);
    }
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw unexpected(`${request.method} ${request.path} answered ${response.status} with something that is not JSON.`, cause);
    }
  }

  async #fetch(request: HttpRequest, signal: AbortSignal): Promise<Response> {
    const { settings } = this;
    const { headers: given, credentials, fetch: send = fetch } = this.#options;
    const [query, extra] = await Promise.all([settings.query(), typeof given === "function" ? given() : given]);
    const headers = new Headers(extra);
    headers.set("Accept", request.accept);
    for (const [name, value] of Object.entries(request.headers ?? {})) headers.set(name, value);
    const init: RequestInit = { method: request.method, headers, signal, cache: "no-store", ...(credentials && { credentials }) };
    if (request.body !== undefined) {
      const bytes = isBytes(request.body);
      headers.set("Content-Type", bytes ? "application/octet-stream" : "application/json");
      init.body = bytes ? request.body : JSON.stringify(request.body);
    }
    return send(agentUrl(settings, request.path, query, request.query ?? []), init);
  }
}

/** What a failed request, or a body that broke, means. */
export function lossOf(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  return error instanceof TransportError ? error : new LostError("The connection was lost.", { cause: error });
}

export function unexpected(message: string, cause?: unknown): TransportError {
  return new TransportError({ code: "unexpected_response", message }, { cause });
}

/** The error that a response carries (PROTOCOL.md §5), or what can be said of one that is not of this protocol. */
async function errorOf(response: Response): Promise<TransportError> {
  const { status } = response;
  const text = await response.text();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined; // A proxy's page: its status is all that it says.
  }
  if (typeof body === "object" && body !== null && "error" in body && isErrorBody(body.error))
    return new TransportError(body.error, { status });
  return new TransportError(
    { code: "unexpected_response", message: `The server answered ${status} ${response.statusText}`.trimEnd() + "." },
    { status },
  );
}

/** RFC 9110 §10.2.3: seconds, or a date. @returns milliseconds from now; 0 where it says nothing */
export function retryAfterMs(value: string | null, now: number = Date.now()): number {
  if (value === null) return 0;
  const ms = /^\s*\d+\s*$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return ms > 0 ? ms : 0;
}
