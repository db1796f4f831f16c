import { openPlace, type Place } from "./place.ts";

/** Places for blocks that run at once: each block has one for itself. */
export interface Places {
  /** One that is free, or another one. It is given back when what used it has succeeded, and closed where it failed: nobody knows what it left behind. */
  use<Result>(use: (place: Place) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

export function openPlaces(): Places {
  const free: Place[] = [];
  const open = new Set<Place>();
  return {
    async use(use) {
      const place = free.pop() ?? (await openPlace());
      open.add(place);
      try {
        const result = await use(place);
        free.push(place);
        return result;
      } catch (error) {
        open.delete(place);
        await place.close();
        throw error;
      }
    },
    async close() {
      free.length = 0;
      for (const place of open) await place.close();
      open.clear();
    },
  };
}
