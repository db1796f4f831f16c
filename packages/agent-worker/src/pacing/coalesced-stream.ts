/** What a gathered stream keeps between two pieces that it passes on. */
export interface Gatherer<In, Out> {
  /** Takes what the source gave. A promise stops the reading until it settles. */
  add(value: In): Promise<void> | undefined;
  /** Whether there is something to pass on. */
  readonly ready: boolean;
  /** Whether so much waits that no more is to be read before it is passed on. */
  readonly full: boolean;
  /** What is passed on, in order; at the `end` all that is left. */
  take(end: boolean): readonly Out[];
}

/**
 * A stream that collects for `windowMs()` after each piece that it passes on. The first after a quiet moment goes on at once.
 *
 * Errors come behind what came before them; a cancel reaches the source.
 */
export function gathered<In, Out>(source: ReadableStream<In>, gatherer: Gatherer<In, Out>, windowMs: () => number): ReadableStream<Out> {
  const reader = source.getReader();
  let over = false;
  let failure: { readonly error: unknown } | undefined;
  let coolMs = 0;
  let coolUntil = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wakeReader: (() => void) | undefined;
  let wakePump: (() => void) | undefined;

  /** Whether what waits may go on; sets a timer for when it may. Most windows pass with nothing in them, and cost no timer. */
  const due = (): boolean => {
    if (over) return true;
    if (!gatherer.ready) return false;
    if (timer !== undefined) return false;
    // A clock that is set back lengthens no window.
    const leftMs = Math.min(coolUntil - Date.now(), coolMs);
    if (leftMs <= 0) return true;
    timer = setTimeout(() => {
      timer = undefined;
      // It is due now, whatever the clock says: in a Worker it may stand still.
      coolUntil = 0;
      wake();
    }, leftMs);
    return false;
  };
  const wake = (): void => {
    if (wakeReader === undefined || !due()) return;
    wakeReader();
    wakeReader = undefined;
  };
  const pump = async (): Promise<void> => {
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        const room = gatherer.add(value);
        wake();
        if (room !== undefined && !over) await room;
        if (gatherer.full && !over) await new Promise<void>((resolve) => (wakePump = resolve));
      }
    } catch (error) {
      failure = { error };
    }
    over = true;
    wake();
  };

  return new ReadableStream<Out>(
    {
      start() {
        void pump();
      },
      async pull(controller) {
        if (!due()) await new Promise<void>((resolve) => (wakeReader = resolve));
        clearTimeout(timer);
        timer = undefined;
        const pieces = gatherer.take(over);
        for (const piece of pieces) controller.enqueue(piece);
        wakePump?.();
        if (failure !== undefined) {
          // An error throws away what is queued: it waits for the next pull, when that has been read.
          if (pieces.length === 0) controller.error(failure.error);
        } else if (over) controller.close();
        else {
          coolMs = windowMs();
          coolUntil = Date.now() + coolMs;
        }
      },
      async cancel(reason) {
        over = true;
        clearTimeout(timer);
        wakePump?.();
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}
