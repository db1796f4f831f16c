import { RateLimiter, tooLarge, tooMany } from "../wire/limits.ts";
import { EventTooLargeError, type LiveRun } from "./live-run.ts";
import { EVENT_MAX_BYTES } from "./log.ts";

/** The inputs of one live run: what clients sent into it, until its generation takes it. */
export class Inputs {
  readonly #run: LiveRun;
  #waiting: unknown[] = [];
  #rate: RateLimiter | undefined;

  constructor(run: LiveRun) {
    this.#run = run;
  }

  /**
   * Writes an input into the log; gives back its event's `seq`. The generation has it once its key is recorded too, so that no
   * input is taken a second time where that fails.
   *
   * @throws RequestError `too_many_requests`, `payload_too_large`
   */
  accept(key: string, data: unknown, perSecond: number, recordKey: (seq: number) => void): number {
    const now = Date.now();
    this.#rate ??= new RateLimiter(perSecond, now);
    if (!this.#rate.take(now)) throw tooMany(`This run takes ${perSecond} inputs a second. Send this one again later.`, perSecond);
    const seq = this.#append(key, data);
    recordKey(seq);
    this.#waiting.push(data);
    return seq;
  }

  /** What came since the last call, in order. */
  take(): unknown[] {
    return this.#waiting.splice(0);
  }

  /** Numbers such as `1e20` are longer in the log than in the request. */
  #append(key: string, data: unknown): number {
    try {
      return this.#run.append({ type: "data-input", id: key, data, transient: true });
    } catch (error) {
      if (error instanceof EventTooLargeError)
        throw tooLarge(`An input may have at most ${EVENT_MAX_BYTES} bytes in the log.`, EVENT_MAX_BYTES);
      throw error;
    }
  }
}
