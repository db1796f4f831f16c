import { once } from "node:events";
import { WebSocket } from "ws";

type Json = Readonly<Record<string, unknown>>;

interface Message {
  readonly id?: number | null;
  readonly type: string;
  readonly method?: string;
  readonly params?: Json;
  readonly result?: Json;
  readonly message?: string;
}

/** The browser could not do what it was told to, as where a document went away meanwhile. */
export class BidiError extends Error {
  override readonly name = "BidiError";
}

/** Commands, their answers and events, https://www.w3.org/TR/webdriver-bidi/. */
export class BidiSession {
  readonly #socket: WebSocket;
  #nextId = 1;
  readonly #waiting = new Map<number, PromiseWithResolvers<Json>>();
  readonly #listeners = new Set<(method: string, params: Json) => void>();

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data) => {
      if (Buffer.isBuffer(data)) this.#take(JSON.parse(data.toString()));
    });
    let cause: Error | undefined;
    // An error closes it.
    socket.on("error", (error) => (cause = error));
    socket.on("close", () => {
      for (const { reject } of this.#waiting.values()) reject(new Error("The browser has closed its session.", { cause }));
    });
  }

  static async open(url: string): Promise<BidiSession> {
    const socket = new WebSocket(url);
    await once(socket, "open");
    return new BidiSession(socket);
  }

  /** @throws BidiError where the browser refuses */
  send(method: string, params: object): Promise<Json> {
    if (this.#socket.readyState !== WebSocket.OPEN) return Promise.reject(new Error("The browser has closed its session."));
    const id = this.#nextId++;
    const answer = Promise.withResolvers<Json>();
    this.#waiting.set(id, answer);
    this.#socket.send(JSON.stringify({ id, method, params }));
    return answer.promise;
  }

  /** @returns what ends it */
  listen(listener: (method: string, params: Json) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  close(): void {
    this.#socket.close();
  }

  #take({ id, type, method, params, result, message }: Message): void {
    if (method !== undefined) for (const listener of this.#listeners) listener(method, params ?? {});
    const answer = typeof id === "number" ? this.#waiting.get(id) : undefined;
    if (answer === undefined || typeof id !== "number") return;
    this.#waiting.delete(id);
    if (type === "success") answer.resolve(result ?? {});
    else answer.reject(new BidiError(message ?? type));
  }
}

/** What a page's value is here, https://www.w3.org/TR/webdriver-bidi/#type-script-RemoteValue. @throws Error of what is no plain value */
export function valueOf(remote: unknown): unknown {
  const { type, value }: { type?: unknown; value?: unknown } = Object(remote);
  switch (type) {
    case "undefined":
      return undefined;
    case "null":
      return null;
    case "string":
    case "boolean":
      return value;
    // What JSON has no number for is a string.
    case "number":
      return Number(value);
    case "array":
      return Array.isArray(value) ? value.map(valueOf) : [];
    case "object":
      return Object.fromEntries((Array.isArray(value) ? value : []).map(([key, of]: [string, unknown]) => [key, valueOf(of)]));
    default:
      throw new Error(`A page's ${String(type)} is no plain value: give out a string, a number, an array or an object.`);
  }
}
