import { isBytes, isRunInfo, type RunInfo } from "@agent-transports/protocol";
import { persist } from "@agent-transports/protocol/core";
import { controlFirst } from "./connection-limit.ts";
import { unexpected, type Http } from "./http.ts";

/** What goes up to a run: each is a request, tried again by the retry policy, and harmless to repeat. */
export class Uplink {
  readonly #http: Http;
  readonly #signal: AbortSignal;
  /** Inputs are accepted in the order of the calls: each waits for the one before. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(http: Http, signal: AbortSignal) {
    this.#http = http;
    this.#signal = signal;
  }

  send(runId: Promise<string>, key: string, data: unknown): Promise<string> {
    const send = async (): Promise<string> => {
      const input = isBytes(data) ? { headers: { "Idempotency-Key": key }, body: data } : { body: { data, key } };
      const answer = await this.#persist({ method: "POST", path: `${runPath(await runId)}/inputs`, ...input });
      if (typeof answer === "object" && answer !== null && "id" in answer && typeof answer.id === "string") return answer.id;
      throw unexpected("The answer to an input has no id.");
    };
    const sent = this.#last.then(send, send);
    this.#last = sent;
    return sent;
  }

  async cancel(runId: Promise<string>): Promise<void> {
    await this.#persist({ method: "DELETE", path: runPath(await runId) });
  }

  /** One try. */
  async run(runId: string, signal: AbortSignal): Promise<RunInfo> {
    const info = await this.#http.json({ method: "GET", path: runPath(runId) }, signal);
    if (!isRunInfo(info)) throw unexpected("The answer is not a run.");
    return info;
  }

  #persist(request: Parameters<Http["json"]>[0]): Promise<unknown> {
    const { settings } = this.#http;
    return persist(({ signal }) => controlFirst(settings, () => this.#http.json(request, signal)), { settings, signal: this.#signal });
  }
}

export function runPath(runId: string): string {
  return `/runs/${encodeURIComponent(runId)}`;
}
