/** The signals that end a program politely, taken over for as long as it measures. */
export interface Interrupt extends Disposable {
  /** Aborted by the first Ctrl-C or SIGTERM; a second one ends the process. */
  readonly signal: AbortSignal;
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/**
 * Takes over SIGINT and SIGTERM. Call it after Miniflare has started: its exit hook ends the process within its own signal
 * handler, before anything that was measured can be written, so handlers that stood before are put aside until the end.
 *
 * @param sentence what becomes of what was measured
 */
export function takeInterrupts(sentence = "the report of what was measured is written."): Interrupt {
  const controller = new AbortController();
  const before = SIGNALS.map((name) => [name, process.listeners(name)] as const);
  const handle = (): void => {
    restore();
    process.stderr.write(`\nEnding: ${sentence} Again to end at once.\n`);
    controller.abort();
  };
  let restored = false;
  const restore = (): void => {
    if (restored) return;
    restored = true;
    for (const [name, listeners] of before) {
      process.off(name, handle);
      for (const listener of listeners) process.on(name, listener);
    }
  };
  for (const [name] of before) process.removeAllListeners(name).on(name, handle);
  return { signal: controller.signal, [Symbol.dispose]: restore };
}
