/**
 * Stands in for k6's modules, so that its scripts run against the real Worker where k6 is not: what each metric was given is kept,
 * HTTP, WebSocket and event streams are Node's. It says nothing about k6 itself: not whether k6 takes the scripts, not its scheduling, not its times.
 */
import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";

export const metrics: Map<string, number[]> = new Map();
/** By metric, the transports that its values were tagged with. */
export const tags: Map<string, Set<string | undefined>> = new Map();

class Metric {
  readonly #name: string;
  constructor(name: string) {
    this.#name = name;
  }
  add(value: number | boolean, { transport }: { transport?: string } = {}): void {
    metrics.set(this.#name, [...(metrics.get(this.#name) ?? []), Number(value)]);
    tags.set(this.#name, (tags.get(this.#name) ?? new Set()).add(transport));
  }
}

export { Metric as Counter, Metric as Rate, Metric as Trend };

export function check<Value>(value: Value, tests: Record<string, (value: Value) => boolean>): boolean {
  return Object.values(tests).every((test) => test(value));
}

const { setTimeout, clearTimeout } = globalThis;
export { clearTimeout, setTimeout };

/** k6's takes its headers in a third argument, Node's in the second. */
export const WebSocket = new Proxy(globalThis.WebSocket, {
  construct: (target, [url, , parameters]: [string, null, object]) => Reflect.construct(target, [url, parameters]),
});

type Listener = (argument?: unknown) => void;

/** Reads an event stream on a thread of its own, line by line, and posts what it finds. It imports nothing that is not Node's. */
const reading = `
  const { workerData: { url, init, port, heard } } = require("node:worker_threads");
  const tell = (name, argument) => { port.postMessage({ name, argument }); Atomics.add(heard, 0, 1); Atomics.notify(heard, 0); };
  (async () => {
    const response = await fetch(url, init).catch((error) => tell("refused", String(error)));
    if (response === undefined) return;
    tell("response", response.status);
    let text = "";
    let event = { id: "", comment: "", name: "", data: "" };
    for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
      const lines = (text + part).split("\\n");
      text = lines.pop();
      for (const line of lines) {
        const [, field, value] = /^(id|event|data|retry|): ?(.*)$/.exec(line) ?? [];
        if (line === "") {
          tell("event", event);
          event = { id: "", comment: "", name: "", data: "" };
        } else if (field === undefined) tell("error", "unknown event: " + line);
        else if (field === "data") event.data += value;
        else event[{ id: "id", event: "name", "": "comment", retry: "retry" }[field]] = value;
      }
    }
    tell("over");
  })().catch((error) => tell("broken", String(error)));
`;

interface Heard {
  readonly name: "refused" | "response" | "event" | "error" | "broken" | "over";
  readonly argument?: unknown;
}

/** What the reading thread tells, in order. While it is waited for, nothing else runs. */
function hear(url: string, init: object): { next: () => Heard; end: () => void } {
  const { port1, port2 } = new MessageChannel();
  const heard = new Int32Array(new SharedArrayBuffer(4));
  const thread = new Worker(reading, { eval: true, workerData: { url, init, port: port2, heard }, transferList: [port2] });
  let handled = 0;
  return {
    next() {
      for (;;) {
        const message: { message: Heard } | undefined = receiveMessageOnPort(port1);
        if (message !== undefined) {
          handled += 1;
          return message.message;
        }
        if (Atomics.wait(heard, 0, handled, 50_000) === "timed-out") throw new Error("Nothing was heard of the stream for 50 s.");
      }
    },
    end() {
      port1.close();
      void thread.terminate();
    },
  };
}

/**
 * As xk6-sse's, as far as its source says: it returns once the stream is closed, and what a listener throws ends it. Closing reads the rest of the
 * stream, and tells `error` where that breaks. Where xk6-sse would wait for ever, this throws.
 */
function open(
  url: string,
  init: object,
  setUp: (client: { on(event: string, listener: Listener): void; close(): void }) => void,
): { status: number; error: string } {
  const { next, end } = hear(url, init);
  const listeners = new Map<string, Listener>();
  /** Behind its end or a break, each read of the stream says the same again. */
  let last: Heard | undefined;
  const read = (): Heard => {
    const one = last ?? next();
    if (one.name === "over" || one.name === "broken") last = one;
    return one;
  };
  const tellError = ({ argument }: Heard): void => listeners.get("error")?.({ error: () => argument });
  const state = { isClosing: false, isClosed: false };
  const isClosed = (): boolean => state.isClosed;
  const close = (): void => {
    if (state.isClosing) throw new Error("xk6-sse waits for ever: it is closed from within its own closing.");
    if (state.isClosed) return;
    state.isClosing = true;
    try {
      while (read() !== last);
      if (last?.name === "broken") tellError(last);
    } finally {
      Object.assign(state, { isClosing: false, isClosed: true });
    }
  };
  try {
    const first = read();
    if (first.name === "refused") return { status: 0, error: String(first.argument) };
    setUp({ on: (event, listener) => void listeners.set(event, listener), close });
    listeners.get("open")?.();
    while (!isClosed()) {
      const one = read();
      if (one.name === "event") listeners.get("event")?.(one.argument);
      else if (one.name === "over") close();
      else tellError(one);
      if (one.name === "broken" && !isClosed()) throw new Error("xk6-sse waits for ever: nothing ends a stream that broke.");
    }
    return { status: Number(first.argument), error: "" };
  } finally {
    end();
  }
}

/** The default exports of `k6/http`, of `k6/execution` and of `k6/x/sse`. */
export default {
  scenario: { iterationInTest: 0 },
  async asyncRequest(
    method: string,
    url: string,
    body: string,
    { headers }: { headers: Record<string, string> },
  ): Promise<{ status: number; body: string | null }> {
    try {
      const response = await fetch(url, { method, body, headers });
      return { status: response.status, body: await response.text() };
    } catch {
      // k6 throws only where it is told to.
      return { status: 0, body: null };
    }
  },
  open,
};
