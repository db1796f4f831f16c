import { AsyncLocalStorage } from "node:async_hooks";

/**
 * How long the run in whose generation this is asked lets its deltas wait, in ms; absent outside of a run.
 *
 * What joins a provider's events stands at the other end of the AI SDK, and nothing but the asynchronous context goes from the run to it. What waits there
 * has cost nothing yet; what waits before the log has been through all of the chain.
 */
export const runWindow: AsyncLocalStorage<number> = new AsyncLocalStorage();
