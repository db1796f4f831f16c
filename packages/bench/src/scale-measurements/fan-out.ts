/**
 * How many objects a number of readers takes, from what one reader takes: arithmetic, and a simulation of the way of one event through layers of objects.
 * Nothing of this was deployed.
 */
import { quantile } from "../stats/index.ts";

/** What one reader takes of the object that it is connected to (`bench scale`). */
export interface ReaderCost {
  /** Resident memory of workerd, in bytes. */
  readonly bytes: number;
  /** CPU of workerd for one event to one reader, in ms. */
  readonly eventMs: number;
}

/** What an object may use. */
export interface ObjectBounds {
  /** Of the isolate's memory, for readers alone. */
  readonly bytes: number;
  /** Share of its one thread that the readers may keep busy. */
  readonly share: number;
  /** An answer's writes to each of its readers, in one second. */
  readonly eventsPerSecond: number;
}

export interface ReadersAtMost {
  readonly byMemory: number;
  readonly byCpu: number;
}

/** How many readers fit into one object, by each bound. */
export function readersAtMost({ bytes, eventMs }: ReaderCost, bounds: ObjectBounds): ReadersAtMost {
  return {
    byMemory: Math.floor(bounds.bytes / bytes),
    byCpu: Math.floor((1_000 * bounds.share) / (bounds.eventsPerSecond * eventMs)),
  };
}

/** Objects by layer, the one that generates first, those that readers are connected to last. A layer's objects are the readers of the one before it. */
export function layersFor(readers: number, perObject: number): readonly number[] {
  if (!(perObject >= 2)) throw new RangeError("An object must carry two readers or more.");
  const layers: number[] = [];
  let objects = readers;
  do {
    objects = Math.ceil(objects / perObject);
    layers.unshift(objects);
  } while (objects > 1);
  return layers;
}

export interface FanOut {
  readonly layers: readonly number[];
  readonly readers: number;
  readonly eventMs: number;
  /** Events of the answer come so often. */
  readonly everyMs: number;
  /** From one object to another. */
  readonly hopMs: number;
  readonly events: number;
}

/**
 * Simulates the way of each event. An object writes to its readers one after the other, and begins with an event when it has written the one before it. Of each
 * layer one object is followed, the one whose event comes to it last: the others are not later.
 *
 * @returns how late an event is at the readers of that object, in ms, without the way from it to them
 */
export function simulateFanOut({ layers, readers, eventMs, everyMs, hopMs, events }: FanOut): {
  readonly p50: number;
  readonly p99: number;
} {
  const freeAt = layers.map(() => 0);
  const late: number[] = [];
  for (let event = 0; event < events; event++) {
    const madeAt = event * everyMs;
    let at = madeAt;
    for (const [layer, objects] of layers.entries()) {
      const children = Math.ceil((layers[layer + 1] ?? readers) / objects);
      const beginsAt = Math.max(at, freeAt[layer] ?? 0);
      const endsAt = beginsAt + children * eventMs;
      freeAt[layer] = endsAt;
      if (layer < layers.length - 1) at = endsAt + hopMs;
      else for (let share = 0.005; share < 1; share += 0.01) late.push(beginsAt + share * children * eventMs - madeAt);
    }
  }
  return { p50: quantile(late, 0.5), p99: quantile(late, 0.99) };
}
