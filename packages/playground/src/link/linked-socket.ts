import type { Port } from "./link.ts";
import type { Wire } from "./wire.ts";

/** A `WebSocket` class whose frames go over a line that can be broken. */
export function linkedWebSocket(port: Port): typeof WebSocket {
  return class extends LinkedSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(port, url, protocols);
    }
  };
}

/** RFC 6455 §7.1.5: what a page is told of a connection that ended without a close frame. */
const ABNORMAL_CLOSE = 1006;

class LinkedSocket extends EventTarget implements WebSocket {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;
  readonly CONNECTING = 0;
  readonly OPEN = 1;
  readonly CLOSING = 2;
  readonly CLOSED = 3;
  onopen: WebSocket["onopen"] = null;
  onmessage: WebSocket["onmessage"] = null;
  onerror: WebSocket["onerror"] = null;
  onclose: WebSocket["onclose"] = null;
  readonly url: string;
  readonly #wire: Wire | undefined;
  readonly #socket: WebSocket | undefined;
  #state: WebSocket["readyState"] = LinkedSocket.CONNECTING;
  #binaryType: BinaryType = "blob";

  constructor(port: Port, url: string | URL, protocols?: string | string[]) {
    super();
    this.url = String(url);
    this.#wire = port.open(() => this.#lost());
    if (this.#wire === undefined) {
      // A page hears of a failure after the constructor has returned.
      setTimeout(() => this.#lost());
      return;
    }
    const wire = this.#wire;
    const socket = new WebSocket(url, protocols);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    // Asked for over the line, and answered over it: a round trip.
    socket.addEventListener("open", () =>
      wire.carry("up", 0, () => wire.carry("down", 0, () => this.#is(LinkedSocket.OPEN, new Event("open")))),
    );
    socket.addEventListener("message", ({ data }: MessageEvent<string | ArrayBuffer>) =>
      wire.carry("down", sizeOf(data), () =>
        this.#tell(new MessageEvent("message", { data: this.#given(data), origin: new URL(this.url).origin })),
      ),
    );
    let failed = false;
    socket.addEventListener("error", () => (failed = true));
    socket.addEventListener("close", ({ code, reason, wasClean }) =>
      wire.carry("down", 0, () => {
        wire.close();
        this.#end(new CloseEvent("close", { code, reason, wasClean }), failed);
      }),
    );
  }

  get readyState(): WebSocket["readyState"] {
    return this.#state;
  }

  get bufferedAmount(): number {
    return this.#socket?.bufferedAmount ?? 0;
  }

  get extensions(): string {
    return this.#socket?.extensions ?? "";
  }

  get protocol(): string {
    return this.#socket?.protocol ?? "";
  }

  get binaryType(): BinaryType {
    return this.#binaryType;
  }

  set binaryType(type: BinaryType) {
    this.#binaryType = type;
  }

  send(data: string | Blob | BufferSource): void {
    if (this.#state === LinkedSocket.CONNECTING) throw new DOMException("Still in CONNECTING state.", "InvalidStateError");
    if (this.#state !== LinkedSocket.OPEN) return;
    this.#wire?.carry("up", sizeOf(data), () => this.#socket?.send(data));
  }

  close(code?: number, reason?: string): void {
    if (this.#state >= LinkedSocket.CLOSING) return;
    this.#state = LinkedSocket.CLOSING;
    const silent = this.#wire?.silent === true;
    this.#wire?.close();
    this.#socket?.close(code, reason);
    // Nobody answers the close frame on a dead line.
    const closed = silent ? { code: ABNORMAL_CLOSE } : { code: code ?? 1005, reason: reason ?? "", wasClean: true };
    setTimeout(() => this.#is(LinkedSocket.CLOSED, new CloseEvent("close", closed)));
  }

  #lost(): void {
    if (this.#state === LinkedSocket.CLOSED) return;
    this.#socket?.close();
    this.#end(new CloseEvent("close", { code: ABNORMAL_CLOSE }), true);
  }

  /** It is closed before an error is told. Whoever then closes it, as partysocket does, has no say in how it ended. */
  #end(close: CloseEvent, failed: boolean): void {
    if (this.#state === LinkedSocket.CLOSED) return;
    this.#state = LinkedSocket.CLOSED;
    if (failed) this.#tell(new Event("error"));
    this.#tell(close);
  }

  #is(state: WebSocket["readyState"], event: Event): void {
    if (this.#state === LinkedSocket.CLOSED) return;
    this.#state = state;
    this.#tell(event);
  }

  #given(data: string | ArrayBuffer): string | ArrayBuffer | Blob {
    return typeof data === "string" || this.#binaryType === "arraybuffer" ? data : new Blob([data]);
  }

  /** As a browser does: the `on…` property first, then the listeners. */
  #tell(event: Event): void {
    if (event.type === "open") this.onopen?.(event);
    else if (event.type === "error") this.onerror?.(event);
    else if (event instanceof MessageEvent) this.onmessage?.(event);
    else if (event instanceof CloseEvent) this.onclose?.(event);
    this.dispatchEvent(event);
  }
}

function sizeOf(data: string | Blob | BufferSource): number {
  if (typeof data === "string") return new TextEncoder().encode(data).length;
  return data instanceof Blob ? data.size : data.byteLength;
}
