import { Faults, persist, TransportError, uploadMs, type Attempt, type Sendable } from "@agent-transports/client-core";
import { bytesToJson, isBytes, JsonText, parseEventId, withMember, type RunInfo } from "@agent-transports/protocol";
import { controlFirst } from "./connection-limit.ts";
import { isRunOf, runPath } from "./event-stream.ts";
import { isFault, unexpected, type Http, type HttpRequest } from "./http.ts";

type JsonRequest = Omit<HttpRequest, "accept">;

/** Who waits for a request's answer. */
interface Caller {
  /** Fires when there is no use in trying any longer. */
  readonly over: AbortSignal;
}

interface Input extends Caller {
  readonly key: string;
  readonly data: Sendable;
  resolve(id: string): void;
  reject(error: unknown): void;
}

/**
 * A list has about so many characters, and so always fewer inputs than PROTOCOL.md §8.3 allows. It is sent in seconds on a slow line. What is larger goes alone, so
 * that large bytes need no base64.
 */
const LIST_MAX_CHARS = 32_768;

/** What goes up to a run: each is a request, tried again by the retry policy, and harmless to repeat. */
export class Uplink {
  readonly #http: Http;
  readonly #signal: AbortSignal;
  /** Inputs are accepted in the order of the calls: one request is under way, and these go with the next. */
  readonly #waiting: Input[] = [];
  #sending = false;
  #maxChars = LIST_MAX_CHARS;

  /** @param signal ends all of it */
  constructor(http: Http, signal: AbortSignal) {
    this.#http = http;
    this.#signal = signal;
  }

  /** @param over there is no use in trying any longer */
  send(runId: Promise<string>, key: string, data: Sendable, over: AbortSignal): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ key, data, over, resolve, reject });
      if (!this.#sending) void this.#sendWaiting(runId);
    });
  }

  async #sendWaiting(runId: Promise<string>): Promise<void> {
    this.#sending = true;
    while (this.#waiting.length > 0) {
      let list: Input[] | undefined;
      try {
        // What is sent in one turn goes together.
        const path = `${runPath(await runId)}/inputs`;
        const next = (list = this.#next());
        await this.#persist((attempt) => this.#post(path, next, attempt), next);
      } catch (error) {
        // Where there is no run, that is the answer to all of them, whatever its start was refused with.
        if (list === undefined) rejectAll(this.#waiting, error);
        else this.#refused(list, error);
      }
    }
    this.#sending = false;
  }

  /** Takes as many as go into one request. */
  #next(): Input[] {
    let chars = 0;
    const count = this.#waiting.findIndex((input, index) => (chars += charsOf(input)) > this.#maxChars && index > 0);
    return this.#waiting.splice(0, count < 0 ? Infinity : count);
  }

  /** One try. @param list is left with those that were not accepted */
  async #post(path: string, list: Input[], attempt: Attempt): Promise<void> {
    const [first] = list;
    if (first === undefined) return;
    const several = list.length > 1;
    const take = (accepted: readonly unknown[]): void => {
      for (const one of accepted) {
        if (!isAccepted(one, list[0]?.key)) break;
        list.shift()?.resolve(one.id);
        attempt.progress();
      }
    };
    const request: JsonRequest = {
      method: "POST",
      path,
      ...(several ? { body: `{"inputs":[${list.map(toJson).join()}]}` } : alone(first)),
      onRefused: (body) => take(acceptedOf(body)),
    };
    attempt.sending(uploadMs(request.body));
    const answer = await this.#http.json(request, 202, attempt.signal);
    take(several ? acceptedOf(answer) : [answer]);
    if (list.length > 0) throw noAnswer(request);
  }

  /** PROTOCOL.md §3.4: what a client makes of an error. @param list what was not accepted */
  #refused(list: Input[], error: unknown): void {
    const { status, path } = error instanceof TransportError ? error : {};
    const several = list.length > 1;
    if (several && path?.startsWith("inputs.")) list.shift()?.reject(error);
    // Too large for the agent or for a proxy before it; or the agent knows no lists.
    else if (several && (status === 400 || status === 413)) this.#maxChars = list.reduce((sum, input) => sum + charsOf(input), 0) / 2;
    else rejectAll(list, error);
    this.#waiting.unshift(...list);
  }

  /** @param over as that of {@link send} */
  async cancel(runId: Promise<string>, over: AbortSignal): Promise<void> {
    const id = await runId;
    await this.#persist(({ signal }) => this.#once({ method: "DELETE", path: runPath(id) }, 200, isRunOf(id), signal), [{ over }]);
  }

  /** One try. */
  async run(runId: string, signal: AbortSignal): Promise<RunInfo> {
    return this.#once({ method: "GET", path: runPath(runId) }, 200, isRunOf(runId), signal);
  }

  async #once<Answer>(
    request: JsonRequest,
    status: number,
    isDue: (answer: unknown) => answer is Answer,
    signal: AbortSignal,
  ): Promise<Answer> {
    const answer = await this.#http.json(request, status, signal);
    if (!isDue(answer)) throw noAnswer(request);
    return answer;
  }

  /** @param callers whoever waits for the answer now: it may become fewer */
  async #persist(send: (attempt: Attempt) => Promise<unknown>, callers: readonly Caller[]): Promise<void> {
    const { settings } = this.#http;
    const faults = new Faults();
    const stop = new AbortController();
    const signals = [this.#signal, ...callers.map(({ over }) => over)];
    const abort = (): void => {
      if (this.#signal.aborted) stop.abort(this.#signal.reason);
      else if (callers.every(({ over }) => over.aborted)) stop.abort(callers[0]?.over.reason);
    };
    abort();
    for (const signal of signals) signal.addEventListener("abort", abort);
    try {
      await persist(
        (attempt) =>
          controlFirst(settings, attempt.signal, () => send(attempt)).catch((error: unknown) => {
            throw isFault(error) ? faults.count(error) : error;
          }),
        { settings, signal: stop.signal },
      );
    } finally {
      for (const signal of signals) signal.removeEventListener("abort", abort);
    }
  }
}

/** Leaves none of them. */
function rejectAll(inputs: Input[], error: unknown): void {
  for (const input of inputs.splice(0)) input.reject(error);
}

/** About as many characters as it takes in a list; what is around its data counts too. */
function charsOf({ key, data }: Input): number {
  return 32 + key.length + (isBytes(data) ? (data.length * 4) / 3 : data.text.length);
}

function toJson({ key, data }: Input): string {
  return withMember(JSON.stringify({ key }), "data", isBytes(data) ? new JsonText(JSON.stringify(bytesToJson(data))) : data);
}

function alone(input: Input): Pick<HttpRequest, "headers" | "body"> {
  const { key, data } = input;
  return isBytes(data) ? { headers: { "Idempotency-Key": key }, body: data } : { body: toJson(input) };
}

function noAnswer({ method, path }: JsonRequest): TransportError {
  return unexpected(`The answer to ${method} ${path} is JSON, but not an answer of this protocol.`);
}

/** What a body says of a list. */
function acceptedOf(body: unknown): readonly unknown[] {
  return typeof body === "object" && body !== null && "accepted" in body && Array.isArray(body.accepted) ? body.accepted : [];
}

/** PROTOCOL.md §3.4. */
function isAccepted(answer: unknown, key: string | undefined): answer is { readonly id: string } {
  return (
    typeof answer === "object" &&
    answer !== null &&
    "id" in answer &&
    typeof answer.id === "string" &&
    parseEventId(answer.id) !== undefined &&
    "key" in answer &&
    answer.key === key
  );
}
