import type { CancelFrame, ClientFrame, InputFrame, ServerFrame } from "@agent-transports/protocol";

/** A request that was not answered yet. */
interface Asked {
  /** See {@link nameOf}. */
  readonly name: string;
  /** What it may take to go up, in ms. */
  readonly uploadMs: number;
}

/**
 * Sees to it that each request of one socket is answered in time, PROTOCOL.md §4.7.
 *
 * A `pong` is the runtime's, and proves no agent; but frames come in order. Once a ping has been answered that went up behind a request, the agent has that
 * request. Where the answer to a second ping, half the limit later, comes before the request's, the agent had half the limit for it. So a line that is busy,
 * up or down, is never taken for an agent that hangs.
 */
export class Answers {
  readonly #halfMs: number;
  readonly #ping: () => number;
  readonly #late: (requests: readonly string[], agentIsHeard: boolean) => void;
  /** In the order in which they were asked: so are those of one name answered. */
  readonly #open = new Set<Asked>();
  /** Those of {@link #open} whose time runs. */
  readonly #timed = new Set<Asked>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The ping of now, by its number, and which one of the two it is. */
  #pinged = Infinity;
  #pings = 0;
  #agentIsHeard = false;

  /**
   * @param ping sends one, and tells which it is on this socket
   * @param late these were not answered, one of a name as often as it was asked; whether the agent was heard meanwhile
   */
  constructor(limitMs: number, ping: () => number, late: (requests: readonly string[], agentIsHeard: boolean) => void) {
    // Longer ones would fire at once.
    this.#halfMs = Math.min(limitMs / 2, 2 ** 31 - 1);
    this.#ping = ping;
    this.#late = late;
  }

  /** Whether anything waits for its answer. */
  get due(): boolean {
    return this.#open.size > 0;
  }

  /** What the slowest that waits for its answer may take to go up, in ms: each is answered as it comes. */
  get uploadMs(): number {
    let longestMs = 0;
    for (const { uploadMs } of this.#open) longestMs = Math.max(longestMs, uploadMs);
    return longestMs;
  }

  /** @param uploadMs what it may take to go up */
  asked(frame: ClientFrame, uploadMs = 0): void {
    const name = nameOf(frame);
    if (name === undefined) return;
    this.#open.add({ name, uploadMs });
    this.#watch();
  }

  /** @param isLate it answers a `resume` that was not answered in time */
  heard(frame: ServerFrame, isLate?: boolean): void {
    this.#agentIsHeard = true;
    const name = answeredBy(frame);
    if (name === undefined || isLate === true) return;
    for (const asked of this.#open) {
      if (asked.name !== name) continue;
      this.#open.delete(asked);
      if (this.#timed.delete(asked) && this.#timed.size === 0) this.#watch();
      return;
    }
  }

  /** @param number of all pongs on this socket */
  pong(number: number): void {
    if (number < this.#pinged) return;
    this.#pinged = Infinity;
    if (this.#pings < 2) return this.#wait();
    const late = [...this.#timed].map(({ name }) => name);
    for (const asked of this.#timed) this.#open.delete(asked);
    this.#timed.clear();
    this.#late(late, this.#agentIsHeard);
    this.#watch();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#open.clear();
    this.#timed.clear();
  }

  #watch(): void {
    if (this.#timed.size > 0) return;
    clearTimeout(this.#timer);
    this.#pinged = Infinity;
    this.#pings = 0;
    this.#agentIsHeard = false;
    for (const asked of this.#open) this.#timed.add(asked);
    if (this.#timed.size > 0) this.#wait();
  }

  #wait(): void {
    this.#timer = setTimeout(() => {
      this.#pings += 1;
      this.#pinged = this.#ping();
    }, this.#halfMs);
  }
}

/** A request's type, and what tells it from others. */
export function nameOf(frame: InputFrame | CancelFrame): string;
export function nameOf(frame: ClientFrame): string | undefined;
export function nameOf(frame: ClientFrame): string | undefined {
  switch (frame.type) {
    case "start":
      return `start ${frame.key}`;
    case "resume":
    case "cancel":
      return `${frame.type} ${frame.run}`;
    case "input":
      return `input ${frame.run} ${frame.key}`;
    default:
      return undefined;
  }
}

/** The name of the request that it answers. */
export function answeredBy(frame: ServerFrame): string | undefined {
  switch (frame.type) {
    case "started":
      return `start ${frame.key}`;
    case "resumed":
      return `resume ${frame.run.id}`;
    case "cancelled":
      return `cancel ${frame.run.id}`;
    case "accepted":
      return `input ${frame.run} ${frame.key}`;
    case "error":
      return [frame.frame, frame.run, frame.key].filter((part) => part !== undefined).join(" ");
    default:
      return undefined;
  }
}
