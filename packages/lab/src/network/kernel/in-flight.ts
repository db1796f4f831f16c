import type { Transit } from "../link/index.ts";

/** A packet between the two sides. */
export interface InFlight {
  readonly transit: Transit;
  /** Larger than the packet, and used again after it. */
  readonly buffer: Buffer;
  readonly order: number;
}

/** The packets of one direction, the one that is due first on top: a binary heap. Those that are due at once keep their order. */
export class InFlightQueue {
  #heap: InFlight[] = [];
  #order = 0;

  get first(): InFlight | undefined {
    return this.#heap[0];
  }

  push(transit: Transit, buffer: Buffer): void {
    const heap = this.#heap;
    const one = { transit, buffer, order: (this.#order += 1) };
    let at = heap.length;
    heap.push(one);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || isBefore(above, one)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = one;
  }

  /** Takes the first off. */
  pop(): InFlight | undefined {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (last === undefined || last === first) return first;
    let at = 0;
    for (;;) {
      const [left, right] = [heap[2 * at + 1], heap[2 * at + 2]];
      if (left === undefined) break;
      const [child, below] = right !== undefined && isBefore(right, left) ? [2 * at + 2, right] : [2 * at + 1, left];
      if (isBefore(last, below)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = last;
    return first;
  }

  /** After a blackout has changed when packets arrive, or whether. @returns those that never will */
  reorder(): readonly InFlight[] {
    const all = this.#heap.toSorted((a, b) => a.order - b.order);
    this.#heap = [];
    for (const { transit, buffer } of all) if (transit.dropped === undefined) this.push(transit, buffer);
    return all.filter(({ transit }) => transit.dropped !== undefined);
  }
}

function isBefore(a: InFlight, b: InFlight): boolean {
  return a.transit.deliverAt === b.transit.deliverAt ? a.order < b.order : a.transit.deliverAt < b.transit.deliverAt;
}
