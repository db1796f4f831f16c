import { isRunEnd, isRunInfo, parseEventId, type RunChunk } from "@agent-transports/protocol";
import { hexOf } from "../hex.ts";

/** One event as it was delivered, or as the log has it. */
export interface Delivered {
  readonly id: string;
  readonly data: RunChunk;
}

/** Of a run's events, by their ids. */
export interface Counts {
  readonly received: number;
  readonly lost: number;
  readonly repeated: number;
  readonly reordered: number;
}

/** Counts by ids what a reader of a run was given from its first event, while it is given it: nothing here knows what the client has already checked. */
export class Counter {
  readonly #seen = new Set<number>();
  #highest = 0;
  #repeated = 0;
  #reordered = 0;
  #foreign = 0;
  #epoch: string | undefined;

  see({ id }: Pick<Delivered, "id">): void {
    const parsed = parseEventId(id);
    this.#epoch ??= parsed?.epoch;
    if (parsed === undefined || parsed.epoch !== this.#epoch) {
      this.#foreign += 1;
      return;
    }
    if (this.#seen.has(parsed.seq)) this.#repeated += 1;
    else if (parsed.seq < this.#highest) this.#reordered += 1;
    this.#seen.add(parsed.seq);
    this.#highest = Math.max(this.#highest, parsed.seq);
  }

  /** @param tail the `seq` of the log's last event, where it is known: what is missing at the end is lost, too */
  counts(tail = this.#highest): Counts {
    return {
      received: this.#seen.size + this.#repeated + this.#foreign,
      lost: Math.max(tail, this.#highest) - this.#seen.size,
      repeated: this.#repeated + this.#foreign,
      reordered: this.#reordered,
    };
  }
}

/** What a lane was given, beside what the log holds. */
export interface Comparison extends Counts {
  /** Whether the text is the log's, byte for byte. */
  readonly equal: boolean;
  /** SHA-256 of the text that was given, and of the log's, in hexadecimal; `undefined` where the browser keeps it from the page. */
  readonly hashes: { readonly given: string; readonly log: string } | undefined;
}

/** @param counter what counted the same events as they came */
export async function compare(given: readonly Delivered[], log: readonly Delivered[], counter: Counter): Promise<Comparison> {
  const tail = parseEventId(log.at(-1)?.id ?? "")?.seq;
  const [ours, theirs] = [textOf(given), textOf(log)];
  // A page over plain HTTP has no `crypto.subtle`, unless it is of this machine.
  const hashes = "subtle" in crypto ? { given: await hashOf(ours), log: await hashOf(theirs) } : undefined;
  return { ...counter.counts(tail), equal: ours === theirs, hashes };
}

function textOf(events: readonly Delivered[]): string {
  return events.map(({ data }) => (data.type === "text-delta" ? data.delta : "")).join("");
}

async function hashOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return hexOf(new Uint8Array(digest));
}

/** Whether a run is over by what the agent says of it. @throws Error where it says nothing */
export async function hasEnded(url: string, headers: Readonly<Record<string, string>>): Promise<boolean> {
  const response = await fetch(url, { headers: { ...headers, Accept: "application/json" } });
  const run: unknown = response.ok ? await response.json() : undefined;
  if (!isRunInfo(run)) throw new Error(`The agent did not say whether the run is over: ${response.status}.`);
  return run.state !== "running";
}

/**
 * The whole log of a run that has ended, read past the clients and past the page's line: what both lanes are compared with.
 *
 * @throws Error where it could not be read whole
 */
export async function readLog(url: string, headers: Readonly<Record<string, string>>): Promise<Delivered[]> {
  const response = await fetch(url, { headers: { ...headers, Accept: "text/event-stream" } });
  if (!response.ok) throw new Error(`The log could not be read: ${response.status}.`);
  const events = await parseStream(await response.text());
  const last = events.at(-1);
  if (last === undefined || !isRunEnd(last.data)) throw new Error("The log could not be read to its end.");
  return events;
}

/** So long at most it keeps the page from drawing: half a frame. The other lane may still be given text. */
const SLICE_MS = 8;

/** PROTOCOL.md §3.2: `id:` and `data:`, one line each, then a blank line. */
export async function parseStream(text: string): Promise<Delivered[]> {
  const events: Delivered[] = [];
  let from = 0;
  let begunAt = performance.now();
  while (from < text.length) {
    const blank = text.indexOf("\n\n", from);
    const end = blank === -1 ? text.length : blank;
    const event = parseEvent(text.slice(from, end));
    if (event !== undefined) events.push(event);
    from = end + 2;
    if (performance.now() - begunAt < SLICE_MS) continue;
    await new Promise((resolve) => setTimeout(resolve));
    begunAt = performance.now();
  }
  return events;
}

function parseEvent(block: string): Delivered | undefined {
  const id = /^id: (.*)$/m.exec(block)?.[1];
  const data = /^data: (.*)$/m.exec(block)?.[1];
  if (id === undefined || data === undefined) return undefined;
  const chunk: RunChunk = JSON.parse(data);
  return { id, data: chunk };
}
