import { reportFault, tellDeveloper, tellOperator } from "../observability/observe.ts";
import { markPerhapsTaken } from "./unreached.ts";
import { RESUMABLE_HEADER, RESUME_HEADER } from "./resume-headers.ts";

/** The first event quotes the instructions and the tools, so that it can be large. In a larger one nobody looks for the id. */
const FIRST_EVENT_MAX_BYTES = 1_048_576;
/** The data of a stream's first event, once its line is whole. Comments may come before it. */
const FIRST_EVENT = /(?:^|[\r\n])data: ?([^\r\n]*)[\r\n]/;

/**
 * A `fetch` for OpenAI's Responses API in background mode: an answer is generated to its end, also where nobody reads it any more, and its stream can be taken up again.
 *
 * A request that streams is sent with `background` and `store`, and its answer has the header `agent-resumable: 1`. A request with the header
 * `agent-resume-response: <id>` gets the stream of that response again, from its first event. Where the provider does not have it any more, its refusal is passed on.
 * A request that is aborted with an `AbortError` is cancelled at the provider, because an answer that nobody cancels is paid for.
 *
 * `joiningFetch(backgroundResponses())` joins its text deltas.
 *
 * @param inner what fetches
 */
export function backgroundResponses(inner: typeof fetch = (input, init) => fetch(input, init)): typeof fetch {
  const watches = new Map<string, Watch>();

  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const method = init?.method ?? (input instanceof Request ? input.method : "GET");
    if (method !== "POST" || !url.pathname.endsWith("/responses")) return inner(input, init);

    const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));
    const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined);
    const resumed = headers.get(RESUME_HEADER);
    headers.delete(RESUME_HEADER);
    headers.delete("Content-Length");
    const watch = (): Watch =>
      new Watch(signal ?? undefined, watches, (known) => void cancelAtProvider(inner, within(url, known, "cancel"), headers));
    if (resumed !== null) {
      headers.delete("Content-Type");
      const stream = within(url, resumed);
      stream.searchParams.set("stream", "true");
      // It may be cancelled before the provider has answered that it has it.
      const watching = watch();
      watching.know(resumed);
      const response = await inner(stream.href, { ...withoutBody(init), method: "GET", headers, ...(signal && { signal }) });
      if (!response.ok) watching.stop();
      return watched(response, () => watching);
    }

    const text = await bodyOf(input, init);
    const body = text === undefined ? undefined : parse(text);
    if (body?.["stream"] !== true) return inner(input, init);
    if (body["store"] === false) {
      if (!toldNotStored) tellDeveloper(new NotStoredError());
      toldNotStored = true;
      return inner(input, init);
    }
    const asked = inner(input, { ...init, headers, body: JSON.stringify({ ...body, background: true, store: true }) });
    asked.catch(markPerhapsTaken);
    return watched(await asked, watch);
  };
}

/** An answer whose stream can be taken up again. */
function watched(response: Response, watching: () => Watch): Response {
  if (!response.ok || response.body === null || !isEventStream(response)) return response;
  const resumable = new Response(passing(response.body, watching()), response);
  resumable.headers.set(RESUMABLE_HEADER, "1");
  return resumable;
}

let toldNotStored = false;

/** Told to a developer once, and never thrown. */
class NotStoredError extends Error {
  override readonly name = "NotStoredError";

  constructor() {
    super(
      "The model is asked with store: false, so that its answer cannot be taken up again. Leave store out, or set OPENAI_BACKGROUND to 0.",
    );
  }
}

/** What is known of a response while it streams. */
class Watch {
  readonly #signal: AbortSignal | undefined;
  readonly #watches: Map<string, Watch>;
  readonly #cancel: (id: string) => void;
  readonly #onAbort = (): void => this.#aborted();
  /** The beginning of the stream, until the id was found. */
  #text = "";
  #seen = 0;
  #decoder: TextDecoder | undefined = new TextDecoder();
  #id: string | undefined;

  /** @param watches by id: a response has one, so that it is cancelled once */
  constructor(signal: AbortSignal | undefined, watches: Map<string, Watch>, cancel: (id: string) => void) {
    this.#signal = signal;
    this.#watches = watches;
    this.#cancel = cancel;
    // A signal that aborts once the stream broke counts as well: the provider goes on.
    signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  know(id: string): void {
    this.#decoder = undefined;
    this.#text = "";
    this.#id = id;
    this.#watches.get(id)?.stop();
    this.#watches.set(id, this);
    if (this.#signal?.aborted === true) this.#aborted();
  }

  see(bytes: Uint8Array): void {
    if (this.#decoder === undefined) return;
    this.#seen += bytes.length;
    this.#text += this.#decoder.decode(bytes, { stream: true });
    const event = FIRST_EVENT.exec(this.#text);
    if (event === null && this.#seen <= FIRST_EVENT_MAX_BYTES) return;
    const id = event === null ? undefined : idIn(event[1] ?? "");
    this.#decoder = undefined;
    this.#text = "";
    if (id !== undefined) this.know(id);
  }

  /** There is nothing more to cancel. */
  stop(): void {
    this.#signal?.removeEventListener("abort", this.#onAbort);
    if (this.#id !== undefined && this.#watches.get(this.#id) === this) this.#watches.delete(this.#id);
  }

  #aborted(): void {
    const reason: unknown = this.#signal?.reason;
    if (this.#id === undefined || !isRecord(reason) || reason["name"] !== "AbortError") return;
    this.stop();
    this.#cancel(this.#id);
  }
}

function idIn(data: string): string | undefined {
  const response = parse(data)?.["response"];
  return isRecord(response) && typeof response["id"] === "string" ? response["id"] : undefined;
}

/** The bytes as they come. */
function passing(source: ReadableStream<Uint8Array>, watch: Watch): ReadableStream<Uint8Array> {
  const reader = source.getReader();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await reader.read();
        if (done) {
          watch.stop();
          controller.close();
        } else {
          watch.see(value);
          controller.enqueue(value);
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

/** An operator hears of a failure: the answer is then generated to its end, and paid for. */
async function cancelAtProvider(inner: typeof fetch, url: URL, headers: Headers): Promise<void> {
  const bare = new Headers(headers);
  bare.delete("Content-Type");
  try {
    const response = await inner(url.href, { method: "POST", headers: bare });
    await response.body?.cancel();
    if (!response.ok)
      tellOperator(`The model's provider did not cancel an answer: it answered ${response.status}. The answer is paid for.`);
  } catch (error) {
    reportFault(error);
  }
}

/** The path of a response below that of all responses. */
function within(url: URL, id: string, verb?: string): URL {
  const inside = new URL(url);
  inside.pathname += `/${encodeURIComponent(id)}${verb === undefined ? "" : `/${verb}`}`;
  return inside;
}

function withoutBody(init: RequestInit | undefined): RequestInit {
  const { body: _, ...rest } = init ?? {};
  return rest;
}

/** A body that is a stream can be read once, and is left to whoever sends it. */
async function bodyOf(input: Parameters<typeof fetch>[0], init: RequestInit | undefined): Promise<string | undefined> {
  if (typeof init?.body === "string") return init.body;
  return input instanceof Request && (init?.body ?? undefined) === undefined ? input.clone().text() : undefined;
}

function isEventStream(response: Response): boolean {
  return response.headers.get("Content-Type")?.startsWith("text/event-stream") === true;
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined; // Not JSON: the provider says what is wrong with a request, and a stream without an id cannot be cancelled.
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
