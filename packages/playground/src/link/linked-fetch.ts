import type { Port } from "./link.ts";
import type { Wire } from "./wire.ts";

/** What waits in the page before reading stops, in bytes: a slow line holds no more than a connection would. */
const WINDOW_BYTES = 64 * 1024;

/** A `fetch` whose requests and answers go over a line that can be broken. */
export function linkedFetch(port: Port): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    // One that was given up before it began opens no connection.
    request.signal.throwIfAborted();
    return new LinkedRequest(port, request, sizeOf(init?.body)).send();
  };
}

/** As `fetch` says it of a connection that is lost. */
function networkError(): TypeError {
  return new TypeError("network error");
}

function sizeOf(body: unknown): number {
  if (typeof body === "string") return new TextEncoder().encode(body).length;
  if (body instanceof ArrayBuffer || ArrayBuffer.isView(body)) return body.byteLength;
  return 0;
}

class LinkedRequest {
  readonly #request: Request;
  readonly #size: number;
  readonly #wire: Wire | undefined;
  /** Ends the request that really goes out. */
  readonly #ended = new AbortController();
  #fail: (reason: unknown) => void = () => undefined;

  constructor(port: Port, request: Request, size: number) {
    this.#request = request;
    this.#size = size;
    this.#wire = port.open(() => this.#end(networkError()));
    request.signal.addEventListener("abort", () => this.#end(request.signal.reason));
  }

  async send(): Promise<Response> {
    const wire = this.#wire;
    if (wire === undefined) throw new TypeError("Failed to fetch");
    const { promise: failed, reject } = Promise.withResolvers<never>();
    // Whoever waits is told below; after that the answer's body tells.
    failed.catch(() => undefined);
    this.#fail = reject;
    const passes = (direction: "up" | "down", bytes: number): Promise<void> =>
      Promise.race([failed, new Promise<void>((resolve) => wire.carry(direction, bytes, resolve))]);
    try {
      await passes("up", this.#size);
      const response = await Promise.race([failed, fetch(this.#request, { signal: this.#ended.signal })]);
      await passes("down", 0);
      if (response.body === null) {
        wire.close();
        return response;
      }
      return new Response(this.#carried(response.body, wire), response);
    } catch (error) {
      wire.close();
      throw error;
    }
  }

  #end(reason: unknown): void {
    this.#wire?.close();
    this.#ended.abort(reason);
    this.#fail(reason);
  }

  #carried(body: ReadableStream<Uint8Array<ArrayBuffer>>, wire: Wire): ReadableStream<Uint8Array<ArrayBuffer>> {
    const reader = body.getReader();
    let room = Promise.withResolvers<void>();
    const read = async (controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>): Promise<void> => {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) {
          wire.carry("down", 0, () => {
            wire.close();
            controller.close();
          });
          return;
        }
        wire.carry("down", value.byteLength, () => {
          controller.enqueue(value);
          room.resolve();
        });
        while (wire.waiting > WINDOW_BYTES || (controller.desiredSize ?? 0) < 0) {
          await room.promise;
          room = Promise.withResolvers();
        }
      }
    };
    return new ReadableStream(
      {
        start: (controller) => {
          this.#fail = (reason) => controller.error(reason);
          // A lost connection to the Worker itself is told as the line's own faults are; where the line is silent, nobody hears of it.
          read(controller).catch((error: unknown) => {
            if (!wire.silent) this.#end(error);
          });
        },
        pull: () => room.resolve(),
        cancel: (reason) => {
          wire.close();
          this.#ended.abort(reason);
        },
      },
      { highWaterMark: WINDOW_BYTES, size: (chunk) => chunk.byteLength },
    );
  }
}
