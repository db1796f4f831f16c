import { Faults, persist, type Sendable } from "@agent-transports/client-core";
import { isBytes, isRunInfo, parseEventId, withMember, type RunInfo } from "@agent-transports/protocol";
import { controlFirst } from "./connection-limit.ts";
import { isFault, unexpected, type Http, type HttpRequest } from "./http.ts";

type JsonRequest = Omit<HttpRequest, "accept">;

/** What goes up to a run: each is a request, tried again by the retry policy, and harmless to repeat. */
export class Uplink {
  readonly #http: Http;
  readonly #signal: AbortSignal;
  /** Inputs are accepted in the order of the calls: each waits for the one before. */
  #last: Promise<unknown> = Promise.resolve();

  /** @param signal ends all of it */
  constructor(http: Http, signal: AbortSignal) {
    this.#http = http;
    this.#signal = signal;
  }

  /** @param over there is no use in trying any longer */
  send(runId: Promise<string>, key: string, data: Sendable, over: AbortSignal): Promise<string> {
    const send = async (): Promise<string> => {
      const input = isBytes(data)
        ? { headers: { "Idempotency-Key": key }, body: data }
        : { body: withMember(JSON.stringify({ key }), "data", data) };
      const request: JsonRequest = { method: "POST", path: `${runPath(await runId)}/inputs`, ...input };
      const { id } = await this.#persist(request, 202, isAccepted, over);
      return id;
    };
    const sent = this.#last.then(send, send);
    this.#last = sent;
    return sent;
  }

  /** @param over as that of {@link send} */
  async cancel(runId: Promise<string>, over: AbortSignal): Promise<void> {
    const id = await runId;
    await this.#persist({ method: "DELETE", path: runPath(id) }, 200, isRunOf(id), over);
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
    if (!isDue(answer)) throw unexpected(`The answer to ${request.method} ${request.path} is JSON, but not an answer of this protocol.`);
    return answer;
  }

  async #persist<Answer>(
    request: JsonRequest,
    status: number,
    isDue: (answer: unknown) => answer is Answer,
    over: AbortSignal,
  ): Promise<Answer> {
    const { settings } = this.#http;
    const faults = new Faults();
    const stop = new AbortController();
    const signals = [this.#signal, over];
    const abort = (): void => {
      const fired = signals.find(({ aborted }) => aborted);
      if (fired !== undefined) stop.abort(fired.reason);
    };
    abort();
    for (const signal of signals) signal.addEventListener("abort", abort);
    try {
      const answer = await persist(
        ({ signal }) =>
          controlFirst(settings, signal, () => this.#once(request, status, isDue, signal)).catch((error: unknown) => {
            throw isFault(error) ? faults.count(error) : error;
          }),
        { settings, signal: stop.signal },
      );
      return answer!; // It is `undefined` only for who stops needing it.
    } finally {
      for (const signal of signals) signal.removeEventListener("abort", abort);
    }
  }
}

/** PROTOCOL.md §3.4. */
function isAccepted(answer: unknown): answer is { readonly id: string } {
  return (
    typeof answer === "object" &&
    answer !== null &&
    "id" in answer &&
    typeof answer.id === "string" &&
    parseEventId(answer.id) !== undefined
  );
}

function isRunOf(id: string): (answer: unknown) => answer is RunInfo {
  return (answer): answer is RunInfo => isRunInfo(answer) && answer.id === id;
}

export function runPath(runId: string): string {
  return `/runs/${encodeURIComponent(runId)}`;
}
