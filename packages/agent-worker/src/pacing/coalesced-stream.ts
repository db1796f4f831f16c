import { DeltaThrottle } from "./delta-throttle.ts";

/** What a coalesced stream keeps between two pieces that it passes on. */
export interface Coalescer<In, Out> {
  /** Takes what the source gave. A promise stops the reading until it settles. */
  add(value: In): Promise<void> | undefined;
  /** Whether there is something to pass on. */
  readonly ready: boolean;
  /** Whether what waits are pieces of a text and nothing else. If absent: it is not. */
  readonly onlyDeltas?: boolean;
  /** Whether there are pieces of a text in what waits. If absent: there are none. */
  readonly someDeltas?: boolean;
  /** Whether so much waits that no more is to be read before it is passed on. */
  readonly full: boolean;
  /** What is passed on, in order; at the `end` all that is left. */
  take(end: boolean): readonly Out[];
}

/**
 * A stream that collects for `windowMs()` after each piece that it passes on. The first after a quiet moment goes on at once.
 *
 * Errors come behind what came before them; a cancel reaches the source.
 *
 * @param deltas the window of pieces of a text, where it is another one, and its share ({@link DeltaThrottle})
 */
export function coalescedStream<In, Out>(
  source: ReadableStream<In>,
  coalescer: Coalescer<In, Out>,
  windowMs: () => number,
  deltas: { readonly windowMs: () => number; readonly share: number } = { windowMs, share: 1 },
): ReadableStream<Out> {
  const reader = source.getReader();
  let over = false;
  let failure: { readonly error: unknown } | undefined;
  let wakeReader: (() => void) | undefined;
  let wakePump: (() => void) | undefined;

  const throttle = new DeltaThrottle({ soon: windowMs, deltas: deltas.windowMs }, () => wake(), deltas.share);

  // What is full waits for no window: nothing more is read until it has gone on.
  const due = (): boolean => over || (coalescer.ready && (coalescer.full || throttle.due(coalescer.onlyDeltas === true)));
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
        const room = coalescer.add(value);
        wake();
        if (room !== undefined && !over) await room;
        if (coalescer.full && !over) await new Promise<void>((resolve) => (wakePump = resolve));
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
        throttle.stop();
        const someDeltas = coalescer.someDeltas === true;
        const pieces = coalescer.take(over);
        for (const piece of pieces) controller.enqueue(piece);
        wakePump?.();
        if (failure !== undefined) {
          // An error throws away what is queued: it waits for the next pull, when that has been read.
          if (pieces.length === 0) controller.error(failure.error);
        } else if (over) controller.close();
        else throttle.passed(someDeltas);
      },
      async cancel(reason) {
        over = true;
        throttle.stop();
        wakePump?.();
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}
