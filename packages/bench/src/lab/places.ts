import { openPlace, type Place } from "./place.ts";

/** Places for blocks that run at once: each block has one for itself. */
export interface Places {
  /**
   * Uses one that is free. It is given back when what used it has succeeded, and closed where it failed or took too long: nobody knows what it left behind.
   *
   * @param atOnce so many are opened before the first is used, because to open one is work for the whole machine
   */
  readonly use: <Result>(
    options: { readonly atOnce: number; readonly limitMs: number },
    use: (place: Place) => Promise<Result>,
  ) => Promise<Result>;
  readonly close: () => Promise<void>;
}

export function openPlaces(): Places {
  /** Open, or being opened. */
  const all = new Set<Promise<Place>>();
  const free = new Set<Promise<Place>>();
  let isClosed = false;

  function openOne(): void {
    const opening = openPlace();
    all.add(opening);
    free.add(opening);
    // Whoever waits for it is told.
    opening.catch(() => {
      all.delete(opening);
      free.delete(opening);
    });
  }
  async function closeOne(one: Promise<Place>): Promise<void> {
    all.delete(one);
    const place = await one.catch(() => undefined);
    await place?.close();
  }

  return {
    async use({ atOnce, limitMs }, use) {
      if (isClosed) throw new Error("The places have been closed.");
      while (all.size < atOnce) openOne();
      if (free.size === 0) openOne();
      const [taken] = free;
      if (taken === undefined) throw new Error("No place is free.");
      free.delete(taken);
      try {
        await Promise.all(all);
        const result = await within(limitMs, use(await taken));
        free.add(taken);
        return result;
      } catch (error) {
        await closeOne(taken).catch(() => undefined); // Why the block failed says more.
        throw error;
      }
    },
    async close() {
      isClosed = true;
      const closed = await Promise.allSettled([...all].map(closeOne));
      const fault = closed.find(({ status }) => status === "rejected");
      if (fault?.status === "rejected") throw fault.reason;
    },
  };
}

async function within<Result>(limitMs: number, work: Promise<Result>): Promise<Result> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`The page did not end within ${limitMs / 1000} s.`)), limitMs);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
