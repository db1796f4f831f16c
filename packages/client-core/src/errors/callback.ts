/**
 * Calls a function of the application's for which nothing here waits: `onStateChange`, `onError`.
 *
 * What it throws, or what its promise rejects with, changes nothing here. It is shown as the runtime shows an error that nobody caught: see {@link reportFault}.
 */
export function callBack<Given>(callback: (given: Given) => unknown, given: Given): void {
  try {
    // A promise, or what only looks like one.
    Promise.resolve(callback(given)).catch(reportFault);
  } catch (error) {
    reportFault(error);
  }
}

/**
 * Calls each of these. One that is added meanwhile is left out, or a listener that adds another one each time would never come to an end. So is one that is taken
 * away before its turn.
 */
export function callEach<Given>(callbacks: ReadonlySet<(given: Given) => unknown>, given: Given): void {
  for (const callback of new Set(callbacks)) if (callbacks.has(callback)) callBack(callback, given);
}

/**
 * Shows an error of the application's: by `reportError` in browsers, so that `window.onerror` and whoever collects errors hear of it, and by `console.error`
 * elsewhere. `reportError` ends the process in Bun and Deno, and a rethrow ends it in Node: one listener's fault is no reason to end everybody's runs.
 */
function reportFault(error: unknown): void {
  // A document that is imitated, as by jsdom, need not have it.
  if (globalThis.document !== undefined && typeof reportError === "function") reportError(error);
  else console.error(error);
}
