import {
  agentUrl,
  answered,
  LostError,
  ofOption,
  optionError,
  reasonOf,
  TransportError,
  type BaseSettings,
  type Settings,
} from "@agent-transports/client-core";
import { isErrorBody, mediaType } from "@agent-transports/protocol";
import type { HttpOptions } from "./options.ts";

export const PROTOCOLS: readonly string[] = ["https:", "http:"];

export interface HttpRequest {
  readonly method: "GET" | "POST" | "DELETE" | "OPTIONS";
  /** Below the agent's URL. */
  readonly path: string;
  readonly accept: "text/event-stream" | "application/json";
  readonly query?: readonly (readonly [string, string])[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes, or the text of JSON. */
  readonly body?: string | Uint8Array<ArrayBuffer>;
  /** Is given the body of an error that the agent answered: there may be more in it than the error. */
  readonly onRefused?: (body: unknown) => void;
}

/** Requests to one agent. Each method is one try. */
export class Http<Own extends BaseSettings = Settings> {
  readonly settings: Own;
  readonly #options: HttpOptions;

  constructor(options: HttpOptions, settings: Own) {
    this.settings = settings;
    this.#options = options;
    const { headers, credentials = "omit" } = options;
    // A runtime refuses it in each request, with an error that looks like a lost connection.
    if (!/^(omit|same-origin|include)$/.test(credentials)) throw optionError("credentials: give omit, same-origin or include.");
    if (headers === undefined || typeof headers === "function") return;
    try {
      void new Headers(headers);
    } catch (cause) {
      throw optionError(`headers: they cannot be sent: ${reasonOf(cause)}.`);
    }
  }

  /**
   * Sends a request, and gives the response once its status is there and says no error. Which of the others is due is for the caller to see.
   *
   * @param signal ends the request, its body included
   * @throws LostError where another try is worth it; TransportError where the answer is final
   */
  async open(request: HttpRequest, signal: AbortSignal): Promise<Response> {
    try {
      const response = await this.#fetch(request, signal);
      // A `fetch` of the application's may take no notice of its signal, and answer a try that was given up.
      if (signal.aborted) void response.body?.cancel().catch(() => undefined);
      signal.throwIfAborted();
      const error = response.status < 400 ? undefined : await errorOf(response, request.onRefused);
      // A 502 of a proxy, with a page of its own, is no agent's answer.
      if (error?.code !== "unexpected_response") this.settings.firstContact?.made();
      if (error !== undefined) throw answered(error, retryAfterMs(response.headers.get("Retry-After")));
      return response;
    } catch (error) {
      throw lossOf("No answer came", error, signal);
    }
  }

  /** Sends a request and reads its JSON answer, which has this status. @throws as {@link open}; TransportError `unexpected_response` */
  async json(request: Omit<HttpRequest, "accept">, status: number, signal: AbortSignal): Promise<unknown> {
    const response = await this.open({ ...request, accept: "application/json" }, signal);
    let text: string;
    try {
      text = await response.text();
    } catch (error) {
      throw lossOf("The connection was lost", error, signal);
    }
    try {
      if (response.status === status) return JSON.parse(text);
    } catch {
      // What came instead says more than the parser does.
    }
    throw unexpected(insteadOf(`${status} with JSON`, response));
  }

  async #fetch(request: HttpRequest, signal: AbortSignal): Promise<Response> {
    const { settings } = this;
    const { headers: given, credentials, fetch: send = fetch } = this.#options;
    const [query, headers] = await Promise.all([
      settings.query(),
      ofOption("headers", async () => new Headers(typeof given === "function" ? await given() : given)),
    ]);
    headers.set("Accept", request.accept);
    for (const [name, value] of Object.entries(request.headers ?? {})) headers.set(name, value);
    const init: RequestInit = {
      method: request.method,
      headers,
      signal,
      ...cacheModeOf(request.method),
      ...(credentials && { credentials }),
    };
    if (request.body !== undefined) {
      headers.set("Content-Type", typeof request.body === "string" ? "application/json" : "application/octet-stream");
      init.body = request.body;
    }
    return send(agentUrl(settings, request.path, query, request.query ?? []), init);
  }
}

/**
 * What is read is never from a cache, also where somebody on the way has taken the agent's `no-store` off. Of other methods a cache answers none. There that mode
 * would do harm: with it Chromium sends a preflight for each request to another origin, and remembers none.
 */
function cacheModeOf(method: string): Pick<RequestInit, "cache"> {
  // Workers do not know the mode `default` by its name.
  return method === "GET" ? { cache: "no-store" } : {};
}

/** What a failed request, or a body that broke, means. @param what happened, as far as it is known here */
export function lossOf(what: string, error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  return error instanceof TransportError ? error : new LostError(`${what}: ${reasonOf(error)}.`, { cause: error });
}

/** What came, from where, and who usually sends it. @param due what the protocol has there */
export function insteadOf(due: string, { url, status, statusText, headers }: Response): string {
  const type = mediaType(headers.get("Content-Type"));
  // Redirects are followed, so it may be another's URL. Its query may hold secrets.
  const from = url === "" ? "The server" : url.replace(/[?#].*/, "");
  const html = type === "text/html" ? " The usual cause is a sign-in page, a proxy or a wrong `url`." : "";
  return `${from} answered ${`${status} ${statusText}`.trimEnd()} with ${type === "text/html" ? "HTML" : (type ?? "no type")}, but ${due} was expected.${html}`;
}

/** What is not this protocol: a {@link isFault fault}. */
export function unexpected(message: string, cause?: unknown): TransportError {
  return new TransportError({ code: "unexpected_response", message }, { cause });
}

/** An error that the agent answered has a status, and is final; a fault is worth another try, PROTOCOL.md §7.6. */
export function isFault(error: unknown): error is TransportError {
  return error instanceof TransportError && error.code === "unexpected_response" && error.status === undefined;
}

/** The error that a response carries (PROTOCOL.md §5), or what can be said of one that is not of this protocol. */
async function errorOf(response: Response, onRefused: HttpRequest["onRefused"]): Promise<TransportError> {
  const { status } = response;
  const text = await response.text();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined; // A proxy's page: its status is all that it says.
  }
  if (typeof body === "object" && body !== null && "error" in body && isErrorBody(body.error)) {
    onRefused?.(body);
    return new TransportError(body.error, { status });
  }
  const message = insteadOf("an answer of the agent", response);
  return new TransportError({ code: "unexpected_response", message }, { status });
}

/** RFC 9110 §10.2.3: seconds, or a date. @returns milliseconds from now; 0 where it says nothing */
export function retryAfterMs(value: string | null, now: number = Date.now()): number {
  const ms = /^\s*\d+\s*$/.test(value ?? "") ? Number(value) * 1000 : Date.parse(value ?? "") - now;
  return ms > 0 ? ms : 0;
}
