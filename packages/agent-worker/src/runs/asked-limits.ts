import { failedHook } from "../wire/author-hook.ts";
import { misconfigured, RequestError } from "../wire/errors.ts";
import { DEFAULT_LIMITS, type Limits } from "../wire/limits.ts";
import { orElse } from "./guards.ts";

/** Limits for what is there already. */
export interface StandingLimits extends Limits {
  /**
   * Set where they are the defaults, because the author could not say, and had not said before. The author may allow more: what goes beyond one of them is refused
   * with this, after which a client asks again, and not for good.
   */
  readonly unsaid?: RequestError;
}

/** An author's limits. They are asked for each time, since they may follow a setting. */
export class AskedLimits {
  readonly #ask: () => Limits;
  #last: Limits | undefined;

  /** @param ask throws a RequestError where the author cannot say */
  constructor(ask: () => Limits) {
    this.#ask = ask;
  }

  /** For a start. @throws RequestError where the author cannot say */
  said(): Limits {
    return (this.#last = this.#ask());
  }

  /** For all else: a run that is there goes on, whatever its author set wrong since. What the author said last stands. */
  standing(): StandingLimits {
    return orElse<StandingLimits>(
      () => this.said(),
      (error) => this.#last ?? { ...DEFAULT_LIMITS, unsaid: unsaid(error) },
    );
  }
}

function unsaid(error: unknown): RequestError {
  return error instanceof RequestError && error.body.code === "misconfigured" ? error : misconfigured(failedHook("limits"));
}
