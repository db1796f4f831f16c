/** As an operator sees it among the Agents SDK's fibers. */
export const HOLD_FIBER = "agent-transports:runs";

const KEEP_AGAIN_MS = 30_000;

/**
 * Wakes a sub-agent that died while a run of its was alive.
 *
 * It has no alarm: the runtime breaks a sub-agent that sets one. A fiber of the SDK's is kept by the agent at the root, too, whose alarm then starts the sub-agent
 * again, at the latest when `keepAliveIntervalMs` of that agent has passed. One fiber is enough for all runs: each is rows that are billed.
 */
export class FiberHold {
  readonly #runFiber: (work: () => Promise<void>) => Promise<void>;
  readonly #tell: (error: unknown) => void;
  #held = 0;
  #end: () => void = () => undefined;

  /** @param tell hears of a fiber that could not be kept: the runs go on, and the sub-agent would be started by the next request */
  constructor(runFiber: (work: () => Promise<void>) => Promise<void>, tell: (error: unknown) => void) {
    this.#runFiber = runFiber;
    this.#tell = tell;
  }

  /** While this is under way. */
  async during(work: () => Promise<void>): Promise<void> {
    this.#held += 1;
    // Not awaited before the work: a first token should not wait for the agent at the root.
    const kept = this.#held === 1 ? this.#keep() : undefined;
    try {
      await work();
    } finally {
      this.#held -= 1;
      if (this.#held === 0) this.#end();
    }
    await kept;
  }

  async #keep(): Promise<void> {
    const { promise: over, resolve } = Promise.withResolvers<void>();
    const ended = new AbortController();
    this.#end = () => {
      ended.abort();
      resolve();
    };
    while (!ended.signal.aborted) {
      try {
        return await this.#runFiber(() => over);
      } catch (error) {
        this.#tell(error);
        // The root may be back later: what is alive would have nobody who looks after it.
        const { promise: later, resolve: again } = Promise.withResolvers<void>();
        const timer = setTimeout(again, KEEP_AGAIN_MS);
        await Promise.race([over, later]);
        clearTimeout(timer);
      }
    }
  }
}
