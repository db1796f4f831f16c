import type { Strikes } from "../faults/index.ts";

/** What strikes one line, by kind. */
export class Meter {
  readonly #made: { readonly kind: string; readonly strikes: Strikes }[] = [];

  add(kind: string, strikes: Strikes): void {
    this.#made.push({ kind, strikes });
  }

  /** So far. */
  read(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { kind, strikes } of this.#made) counts.set(kind, (counts.get(kind) ?? 0) + strikes());
    return counts;
  }
}

/** What came between two readings, without what did not. */
export function between(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  return new Map([...after].map(([kind, count]) => [kind, count - (before.get(kind) ?? 0)] as const).filter(([, count]) => count > 0));
}
