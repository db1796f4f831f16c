import type { Socket } from "node:net";

/** How one direction of all connections behaves; read at each chunk, so that a change holds at once. */
export interface Shape {
  /** `stall` reads no more, `drop` reads and discards. */
  mode?: "stall" | "drop";
  /** How much later than it came a chunk leaves, in ms. */
  delayMs?: () => number;
  /** A chunk that comes sooner after its connection was opened counts as coming so many ms after it. */
  openMs?: number;
  bytesPerSecond?: number | undefined;
  sliceBytes?: number | undefined;
  /** The next connection is cut after so many bytes; then it is forgotten. */
  cutAfterBytes?: number | undefined;
  /** That cut is a FIN. */
  cutsCleanly?: boolean;
}

/** No more than this waits in the proxy: the slow side slows the fast one. */
const HIGH_WATER_BYTES = 1 << 20;

/** Carries the bytes of one direction of one connection, in order. */
export class Pipe {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #shape: Shape;
  readonly #count: (bytes: number) => void;
  readonly #cut: () => void;
  readonly #queue: { readonly bytes: Buffer; readonly dueAt: number }[] = [];
  #queuedBytes = 0;
  #left: number | undefined;
  /** Where this direction is cut, it ends as after a close. */
  readonly cutsCleanly: boolean;
  readonly #openAt: number;
  #lastDueAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ended = false;
  #blocked = false;

  constructor(from: Socket, to: Socket, shape: Shape, count: (bytes: number) => void, cut: () => void) {
    this.#from = from;
    this.#to = to;
    this.#shape = shape;
    this.#count = count;
    this.#cut = cut;
    this.#left = shape.cutAfterBytes;
    this.cutsCleanly = shape.cutsCleanly ?? false;
    shape.cutAfterBytes = undefined;
    this.#openAt = performance.now() + (shape.openMs ?? 0);
    from.on("data", (bytes: Buffer) => this.#take(bytes));
    from.on("end", () => {
      this.#ended = true;
      this.#flush();
    });
    to.on("drain", () => {
      this.#blocked = false;
      this.#flush();
    });
    this.update();
  }

  /** The shape has changed. */
  update(): void {
    this.#pace();
    this.#flush();
  }

  /** FIN to where this direction leads, now. */
  end(): void {
    this.stop();
    this.#to.end();
  }

  /** Carries nothing more, and tells nobody. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#queue.length = 0;
    this.#shapeless = true;
    // What is read is discarded, so that the sender sees no full buffer either.
    this.#from.resume();
  }

  #shapeless = false;

  #take(bytes: Buffer): void {
    if (this.#shapeless || this.#shape.mode === "drop") return;
    let kept = bytes;
    if (this.#left !== undefined) {
      kept = bytes.subarray(0, this.#left);
      this.#left -= kept.length;
    }
    const slice = this.#shape.sliceBytes ?? kept.length;
    for (let at = 0; at < kept.length; at += slice) this.#enqueue(kept.subarray(at, at + slice));
    this.#pace();
    this.#flush();
  }

  #enqueue(bytes: Buffer): void {
    const cameAt = Math.max(performance.now(), this.#openAt);
    const { delayMs, bytesPerSecond } = this.#shape;
    const sending = bytesPerSecond === undefined ? 0 : (bytes.length / bytesPerSecond) * 1000;
    // Never before the one in front of it.
    this.#lastDueAt = Math.max(cameAt + (delayMs?.() ?? 0), this.#lastDueAt) + sending;
    this.#queue.push({ bytes, dueAt: this.#lastDueAt });
    this.#queuedBytes += bytes.length;
  }

  #flush(): void {
    clearTimeout(this.#timer);
    if (this.#shapeless) return;
    while (this.#queue[0] !== undefined && !this.#blocked && this.#shape.mode !== "stall") {
      const { bytes, dueAt } = this.#queue[0];
      const waitMs = dueAt - performance.now();
      if (waitMs > 0.05) {
        this.#timer = setTimeout(() => this.#flush(), waitMs < 1 ? 0 : Math.floor(waitMs));
        return;
      }
      this.#queue.shift();
      this.#queuedBytes -= bytes.length;
      this.#count(bytes.length);
      if (!this.#to.destroyed) this.#blocked = !this.#to.write(bytes);
    }
    if (this.#queue.length > 0) return;
    this.#pace();
    if (this.#left === 0) this.#cut();
    else if (this.#ended) this.#to.end();
  }

  #pace(): void {
    if (this.#shapeless) return;
    if (this.#shape.mode === "stall" || this.#queuedBytes > HIGH_WATER_BYTES) this.#from.pause();
    else this.#from.resume();
  }
}
