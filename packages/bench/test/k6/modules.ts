/**
 * Stands in for k6's modules, so that its scripts run against the real Worker where k6 is not: what each metric was given is kept,
 * HTTP and WebSocket are Node's. It says nothing about k6 itself.
 */
export const metrics: Map<string, number[]> = new Map();

class Metric {
  readonly #name: string;
  constructor(name: string) {
    this.#name = name;
  }
  add(value: number | boolean): void {
    metrics.set(this.#name, [...(metrics.get(this.#name) ?? []), Number(value)]);
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

/** The default exports of `k6/http` and of `k6/execution`. */
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
};
