export type Direction = "up" | "down";

/** What a connection's line decides for it. */
export interface WireUser {
  /** When something would arrive that is sent now, as `performance.now()` counts. */
  dueAt(direction: Direction, bytes: number): number;
  /** Whether nothing passes now. */
  held(): boolean;
  passed(direction: Direction, bytes: number): void;
  ended(): void;
}

interface Parcel {
  readonly dueAt: number;
  readonly bytes: number;
  readonly deliver: () => void;
}

/** One connection on a line: an ordered queue each way. */
export class Wire {
  readonly #broken: () => void;
  readonly #user: WireUser;
  readonly #queues: Readonly<Record<Direction, Parcel[]>> = { up: [], down: [] };
  readonly #timers: Record<Direction, ReturnType<typeof setTimeout> | undefined> = { up: undefined, down: undefined };
  #state: "open" | "silent" | "closed" = "open";

  constructor(broken: () => void, user: WireUser) {
    this.#broken = broken;
    this.#user = user;
  }

  /** Whether nothing will come or go on it, though it looks open. */
  get silent(): boolean {
    return this.#state === "silent";
  }

  /** Bytes that wait to be delivered. */
  get waiting(): number {
    return this.#queues.down.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Delivers something when the line has carried it, and never where the connection ends before that. */
  carry(direction: Direction, bytes: number, deliver: () => void): void {
    if (this.#state !== "open") return;
    this.#queues[direction].push({ dueAt: this.#user.dueAt(direction, bytes), bytes, deliver });
    this.#pump(direction);
  }

  pump(): void {
    this.#pump("up");
    this.#pump("down");
  }

  break(): void {
    if (this.#state !== "open") return this.close();
    this.close();
    this.#broken();
  }

  silence(): void {
    if (this.#state !== "open") return;
    this.#state = "silent";
    this.#forget();
  }

  close(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#forget();
    this.#user.ended();
  }

  #forget(): void {
    for (const direction of ["up", "down"] as const) {
      clearTimeout(this.#timers[direction]);
      this.#queues[direction].length = 0;
    }
  }

  #pump(direction: Direction): void {
    const queue = this.#queues[direction];
    clearTimeout(this.#timers[direction]);
    for (let first = queue[0]; first !== undefined && !this.#user.held(); first = queue[0]) {
      const inMs = first.dueAt - performance.now();
      // A timer is whole milliseconds.
      if (inMs > 0.5) {
        this.#timers[direction] = setTimeout(() => this.#pump(direction), inMs);
        return;
      }
      queue.shift();
      this.#user.passed(direction, first.bytes);
      first.deliver();
    }
  }
}
