import { Wire, type Direction } from "./wire.ts";

/** How slow a line is, in each direction. */
export interface Slowness {
  /** Added to a whole round trip: half of it each way. */
  readonly roundTripMs: number;
  readonly bytesPerSecond: number;
}

export type LinkState = "online" | "offline" | "tunnel";

/** Where the connections of one client begin on a line, and where its bytes are counted. */
export interface Port {
  /** Bytes that its client was given and sent, without headers and frames' heads. */
  readonly bytes: Readonly<Record<Direction, number>>;
  /**
   * A new connection.
   *
   * @param broken called once when the line breaks it, and not when it was closed from here
   * @returns `undefined` where the page is offline
   */
  open(broken: () => void): Wire | undefined;
}

/** What a line told. `cut` and `half-open` are moments; the others last. */
export type Fault = "cut" | "offline" | "online" | "half-open" | "tunnel" | "tunnel ended" | "slow" | "fast";

/**
 * The line between this page and the Worker, which a person can break. It lies inside the page: each client is given a `fetch` or a `WebSocket` that
 * passes everything through one, so that the same fault means the same for both, on a deployment too. What it cannot do is what a network does below
 * a connection: loss, retransmission, and the round trips of a handshake.
 */
export class Link {
  readonly #wires = new Set<Wire>();
  readonly #freeAt: Record<Direction, number> = { up: 0, down: 0 };
  readonly #listeners = new Set<(fault: Fault) => void>();
  #state: LinkState = "online";
  #slowness: Slowness | undefined;
  #tunnelEnds: ReturnType<typeof setTimeout> | undefined;

  get state(): LinkState {
    return this.#state;
  }

  get slow(): boolean {
    return this.#slowness !== undefined;
  }

  /** Whether something on it only looks open. */
  get halfOpened(): boolean {
    return [...this.#wires].some(({ silent }) => silent);
  }

  onFault(listener: (fault: Fault) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** For one client. */
  port(): Port {
    const bytes: Record<Direction, number> = { up: 0, down: 0 };
    return { bytes, open: (broken) => this.#open(broken, bytes) };
  }

  /** Breaks each connection at once, as a reset does. The next one opens. */
  cut(): void {
    this.#break();
    this.#tell("cut");
  }

  /** Breaks each connection, and lets none be opened until {@link online}. */
  offline(): void {
    this.#leaveTunnel();
    this.#state = "offline";
    this.#break();
    this.#tell("offline");
  }

  online(): void {
    if (this.#state !== "offline") return;
    this.#state = "online";
    this.#tell("online");
  }

  /** Each connection goes on to look open, and nothing comes or goes on it any more. The next one works. */
  halfOpen(): void {
    for (const wire of this.#wires) wire.silence();
    this.#forgetBacklog();
    this.#tell("half-open");
  }

  /** Holds everything for a time. What was on its way comes afterwards, in order. */
  tunnel(durationMs: number): void {
    if (this.#state === "offline") return;
    this.#leaveTunnel();
    this.#state = "tunnel";
    this.#tell("tunnel");
    this.#tunnelEnds = setTimeout(() => {
      this.#leaveTunnel();
      this.#tell("tunnel ended");
    }, durationMs);
  }

  /** From now on, or until it is called without a slowness. */
  slowDown(slowness: Slowness | undefined): void {
    this.#slowness = slowness;
    this.#tell(slowness === undefined ? "fast" : "slow");
  }

  #leaveTunnel(): void {
    clearTimeout(this.#tunnelEnds);
    if (this.#state !== "tunnel") return;
    this.#state = "online";
    for (const wire of this.#wires) wire.pump();
  }

  #open(broken: () => void, carried: Record<Direction, number>): Wire | undefined {
    if (this.#state === "offline") return undefined;
    const wire: Wire = new Wire(broken, {
      dueAt: (direction, bytes) => this.#dueAt(direction, bytes),
      held: () => this.#state === "tunnel",
      passed: (direction, bytes) => (carried[direction] += bytes),
      ended: () => {
        this.#wires.delete(wire);
        if (this.#wires.size === 0) this.#forgetBacklog();
      },
    });
    this.#wires.add(wire);
    return wire;
  }

  /** What waited on connections that are gone takes up the line no longer. */
  #forgetBacklog(): void {
    this.#freeAt.up = this.#freeAt.down = 0;
  }

  #break(): void {
    this.#forgetBacklog();
    // Whoever is told of it may open another at once.
    const open = [...this.#wires];
    for (const wire of open) wire.break();
  }

  /** All connections share the line: what comes later waits for what came before it. */
  #dueAt(direction: Direction, bytes: number): number {
    const now = performance.now();
    if (this.#slowness === undefined) return now;
    const { roundTripMs, bytesPerSecond } = this.#slowness;
    const leaves = Math.max(now, this.#freeAt[direction]) + (bytes / bytesPerSecond) * 1000;
    this.#freeAt[direction] = leaves;
    return leaves + roundTripMs / 2;
  }

  #tell(fault: Fault): void {
    for (const listener of this.#listeners) listener(fault);
  }
}
