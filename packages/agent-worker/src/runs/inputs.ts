import { createHash } from "node:crypto";
import { formatEventId } from "@agent-transports/protocol";
import { inputData } from "../wire/bytes.ts";
import { RequestError } from "../wire/errors.ts";
import type { GivenInput } from "../wire/input-request.ts";
import { RateLimiter, tooLarge, tooMany } from "../wire/limits.ts";
import type { StandingLimits } from "./asked-limits.ts";
import { EventTooLargeError, eventText, LogFullError, type LiveRun } from "./live-run.ts";
import { EVENT_MAX_BYTES, type RunLog, type RunRecord } from "./log.ts";

/** What became of several inputs. */
export interface Acceptance {
  /** Those before the first that was refused, each with its event's id. */
  readonly accepted: readonly { readonly id: string; readonly key: string }[];
  /** What the next one was refused with; `undefined` where all were accepted. */
  readonly refused: RequestError | undefined;
}

type Rate = Pick<StandingLimits, "inputsPerSecond" | "unsaid">;

/** An input that is about to be written. */
interface Fresh {
  readonly data: unknown;
  readonly text: string;
  readonly fingerprint: string;
}

/** The inputs of one run: what clients sent into it, until its generation takes it. */
export class Inputs {
  readonly #log: RunLog;
  readonly #record: RunRecord;
  readonly #run: LiveRun | undefined;
  #waiting: unknown[] = [];
  #rate: RateLimiter | undefined;

  /** @param run `undefined` once it has ended: what it had accepted is still known by its key */
  constructor(log: RunLog, record: RunRecord, run: LiveRun | undefined) {
    this.#log = log;
    this.#record = record;
    this.#run = run;
  }

  /**
   * Accepts inputs, in order, up to the first that is refused; what is new of them is one row of the log. One whose key was accepted before is not new, and must
   * be the same: whoever sends another would lose it, and not know.
   */
  accept(given: readonly GivenInput[], limits: Rate): Acceptance {
    const { n, epoch } = this.#record;
    const known = this.#log.inputs(
      n,
      given.map(({ key }) => key),
    );
    const fresh = new Map<string, Fresh>();
    let accepted = given;
    let refused: RequestError | undefined;
    for (const [index, input] of given.entries()) {
      try {
        const before = known.get(input.key) ?? fresh.get(input.key);
        if (before === undefined) fresh.set(input.key, this.#check(input, limits));
        else this.#checkSame(input, before.fingerprint);
      } catch (error) {
        if (!(error instanceof RequestError)) throw error;
        accepted = given.slice(0, index);
        refused = error;
        break;
      }
    }
    // Not before all of them are checked: what is thrown until here leaves nothing behind.
    const first = this.#write(fresh);
    const seqs = new Map<string, number>([...fresh.keys()].map((key, index) => [key, first + index]));
    const seqOf = (key: string): number => known.get(key)?.seq ?? seqs.get(key)!;
    return { accepted: accepted.map(({ key }) => ({ id: formatEventId(epoch, seqOf(key)), key })), refused };
  }

  /** What came since the last call, in order. */
  take(): unknown[] {
    return this.#waiting.splice(0);
  }

  /** Another generation begins: it is to have these first. @param given as the log has them */
  restore(given: readonly unknown[]): void {
    this.#waiting = given.map((data) => inputData(data));
  }

  /** What an input is in the log, if it may go there. @throws RequestError `invalid_request`, `run_ended`, `too_many_requests`, `payload_too_large` */
  #check({ key, data: given }: GivenInput, { inputsPerSecond: perSecond, unsaid }: Rate): Fresh {
    const data = inputData(given);
    if (this.#run === undefined || this.#run.ended) throw runEnded(this.#record);
    const now = Date.now();
    this.#rate ??= new RateLimiter(perSecond, now);
    if (!this.#rate.take(now)) {
      const message = `This run takes ${perSecond} inputs a second. Send this one again later.`;
      // Earlier there is none, and whoever is told so asks in vain.
      throw unsaid ?? tooMany(message, perSecond, Math.max(1, Math.ceil(1 / perSecond)));
    }
    try {
      const text = inputText(key, data);
      this.#run.keepRoomForInput(text);
      return { data, text, fingerprint: fingerprintOf(text) };
    } catch (error) {
      if (error instanceof LogFullError) throw error.unsaid ?? tooLarge(error.message, error.limit, "data");
      // Numbers such as `1e20` are longer in the log than in the request.
      if (error instanceof EventTooLargeError)
        throw tooLarge(`An input may have at most ${EVENT_MAX_BYTES} bytes in the log.`, EVENT_MAX_BYTES, "data");
      throw error;
    }
  }

  /** @param fingerprint of what this key brought before; `null` where that is not known @throws RequestError `invalid_request`, `key_reused` */
  #checkSame({ key, data: given }: GivenInput, fingerprint: string | null): void {
    const data = inputData(given);
    if (fingerprint !== null && fingerprintIfItFits(key, data) !== fingerprint) throw keyReused(this.#record);
  }

  /**
   * Writes what is new into the log, and the keys with it or neither, so that no input is taken a second time where that fails; gives back the `seq` of the
   * first.
   */
  #write(fresh: ReadonlyMap<string, Fresh>): number {
    if (this.#run === undefined || fresh.size === 0) return 0;
    const inputs = [...fresh.values()];
    const recorded = [...fresh].map(([key, { fingerprint }]) => [key, fingerprint] as const);
    const texts = inputs.map(({ text }) => text);
    const first = this.#run.append(texts, (seq) => this.#log.recordInputs(this.#record.n, recorded, seq));
    this.#waiting.push(...inputs.map(({ data }) => data));
    return first;
  }
}

/** An input as the log has it. @throws EventTooLargeError */
function inputText(key: string, data: unknown): string {
  return eventText({ type: "data-input", id: key, data, transient: true });
}

function fingerprintOf(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}

/** `undefined` for what the log cannot hold: nothing that was accepted is the same. */
function fingerprintIfItFits(key: string, data: unknown): string | undefined {
  try {
    return fingerprintOf(inputText(key, data));
  } catch (error) {
    if (error instanceof EventTooLargeError) return undefined;
    throw error;
  }
}

function keyReused({ id }: RunRecord): RequestError {
  const message = "This key already brought another input into this run. Use a new key for a new input.";
  return new RequestError({ code: "key_reused", message, run: id, path: "key" });
}

function runEnded({ id, state }: RunRecord): RequestError {
  return new RequestError({ code: "run_ended", message: `The run is ${state}: it takes no more inputs. Start another run.`, run: id });
}
