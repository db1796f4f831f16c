import type { RunEvent } from "@agent-transports/client-core";
import { isRunEnd, parseEventId } from "@agent-transports/protocol";
import { tokenIndices } from "../provider/tokens.ts";

/** What a run's readers got of it, in events. */
export interface Integrity {
  readonly expected: number;
  readonly received: number;
  readonly lost: number;
  readonly repeated: number;
  readonly reordered: number;
}

/** Counts what a run's reader lost, got twice or got out of order, by the events' ids and, apart from them, by the text itself. */
export class IntegrityChecker {
  #ids: number[] = [];
  #tokens: number[] = [];
  #firstSeq: number;
  #ended = false;
  #foreign = 0;
  #epoch: string | undefined;

  /** @param firstSeq the `seq` with which this reader begins: 1, unless it resumed. It has had what comes below */
  constructor(firstSeq = 1) {
    this.#firstSeq = firstSeq;
  }

  /** Sees each event that the application received. */
  see(event: RunEvent): void {
    const id = parseEventId(event.id);
    this.#epoch ??= id?.epoch;
    if (id === undefined || id.epoch !== this.#epoch) this.#foreign += 1;
    else this.#ids.push(id.seq);
    if (event.data.type === "text-delta" && typeof event.data.delta === "string") {
      this.#tokens.push(...tokenIndices(event.data.delta));
    }
    if (isRunEnd(event.data)) this.#ended = true;
  }

  /** @param tokens how many tokens the provider sent; `undefined` where that is not known */
  result(tokens?: number): Integrity {
    const last = this.#ids.reduce((most, seq) => Math.max(most, seq), this.#firstSeq - 1);
    // A reader that never saw the terminal event lost at least that.
    const expected = last - this.#firstSeq + 1 + (this.#ended ? 0 : 1);
    const ids = this.#ids.filter((seq) => seq >= this.#firstSeq);
    const byId = countNumbers(ids, expected);
    const hadBefore = this.#ids.length - ids.length;
    // A token that the provider never sent stands for none that it did.
    const known = this.#tokens.filter((token) => tokens !== undefined && token < tokens);
    const byText = tokens === undefined ? undefined : countNumbers(known, tokens);
    const invented = tokens === undefined ? 0 : this.#tokens.length - known.length;
    return {
      expected,
      received: this.#ids.length + this.#foreign,
      lost: Math.max(byId.lost, byText?.lost ?? 0),
      repeated: Math.max(byId.repeated + hadBefore, byText?.repeated ?? 0) + this.#foreign + invented,
      reordered: Math.max(byId.reordered, byText?.reordered ?? 0),
    };
  }
}

/** @param expected how many there are, from the first on */
export function countNumbers(numbers: readonly number[], expected: number): Pick<Integrity, "lost" | "repeated" | "reordered"> {
  const seen = new Set<number>();
  let highest = -1;
  let repeated = 0;
  let reordered = 0;
  for (const number of numbers) {
    if (seen.has(number)) repeated += 1;
    else if (number < highest) reordered += 1;
    seen.add(number);
    highest = Math.max(highest, number);
  }
  return { lost: Math.max(0, expected - seen.size), repeated, reordered };
}

export function addUp(parts: readonly Integrity[]): Integrity {
  const sum = { expected: 0, received: 0, lost: 0, repeated: 0, reordered: 0 };
  for (const part of parts) {
    sum.expected += part.expected;
    sum.received += part.received;
    sum.lost += part.lost;
    sum.repeated += part.repeated;
    sum.reordered += part.reordered;
  }
  return sum;
}
