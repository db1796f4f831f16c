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

type Listener = (argument: unknown) => void;

/** Reads an event stream on a thread of its own, and posts what it hears. It imports nothing that is not Node's. */
const reading = `
  const { workerData: { url, init, port, heard } } = require("node:worker_threads");
  const tell = (name, argument) => { port.postMessage({ name, argument }); Atomics.add(heard, 0, 1); Atomics.notify(heard, 0); };
  (async () => {
    const response = await fetch(url, init);
    if (!response.ok) throw new Error("status " + response.status);
    tell("open");
    let text = "";
    for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
      const blocks = (text + part).split("\\n\\n");
      text = blocks.pop();
      for (const block of blocks) {
        const field = (name) => block.split("\\n").find((line) => line.startsWith(name + ": "))?.slice(name.length + 2) ?? "";
        tell("event", { id: field("id"), name: field("event"), data: field("data") });
      }
    }
  })().catch((error) => tell("error", String(error))).finally(() => tell("over"));
`;

/** As xk6-sse's: it returns once the stream is over, and nothing else runs meanwhile. */
function open(
  url: string,
  init: object,
  setUp: (client: { on(event: string, listener: Listener): void; close(): void }) => void,
): { status: number } {
  const listeners = new Map<string, Listener>();
  let over = false;
  setUp({ on: (event, listener) => void listeners.set(event, listener), close: () => (over = true) });
  const { port1, port2 } = new MessageChannel();
  const heard = new Int32Array(new SharedArrayBuffer(4));
  const thread = new Worker(reading, { eval: true, workerData: { url, init, port: port2, heard }, transferList: [port2] });
  let handled = 0;
  while (!over) {
    if (Atomics.wait(heard, 0, handled, 50_000) === "timed-out") throw new Error("Nothing was heard of the stream for 50 s.");
    for (let message = receiveMessageOnPort(port1); message !== undefined && !over; message = receiveMessageOnPort(port1)) {
      handled += 1;
      const { name, argument }: { name: string; argument: unknown } = message.message;
      if (name === "over") over = true;
      else listeners.get(name)?.(name === "error" ? { error: () => argument } : argument);
    }
  }
  port1.close();
  void thread.terminate();
  return { status: 200 };
}

/** The default exports of `k6/http`, of `k6/execution` and of `k6/x/sse`. */
export default {
  scenario: { iterationInTest: 0 },
  async asyncRequest(
    method: string,
    url: string,
    body: string,
    { headers }: { headers: Record<string, string> },
  ): Promise<{ status: number; body: string }> {
    const response = await fetch(url, { method, body, headers });
    return { status: response.status, body: await response.text() };
  },
  open,
};
