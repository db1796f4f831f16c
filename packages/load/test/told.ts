import { EventEmitter } from "node:events";
import { AgentTransportsEngine, type Context, type Helpers } from "../src/engine.ts";
import { artilleryName, type MetricName, type Transport } from "../src/metrics/metric-list.ts";
import type { ScenarioSpec } from "../src/script/read-flow.ts";

/** What Artillery would have been told: an emitter in its place. */
export class Told {
  readonly counters = new Map<string, number>();
  readonly samples = new Map<string, number[]>();
  readonly errors: string[] = [];
  readonly events = new EventEmitter();
  started = 0;

  constructor() {
    this.events.on("counter", (name: string, by: number) => this.counters.set(name, (this.counters.get(name) ?? 0) + by));
    this.events.on("histogram", (name: string, value: number) => this.samples.set(name, [...(this.samples.get(name) ?? []), value]));
    this.events.on("error", (code: string) => this.errors.push(code));
    this.events.on("started", () => (this.started += 1));
  }

  count(transport: Transport, name: MetricName): number | undefined {
    return this.counters.get(artilleryName(transport, name));
  }

  counts(transport: Transport, ...names: readonly MetricName[]): (number | undefined)[] {
    return names.map((name) => this.count(transport, name));
  }

  times(transport: Transport, name: MetricName): readonly number[] {
    return this.samples.get(artilleryName(transport, name)) ?? [];
  }
}

export interface Asked {
  readonly spec: ScenarioSpec;
  readonly target: string;
  readonly users?: number;
  readonly options?: object;
  readonly helpers?: Helpers;
  readonly vars?: Readonly<Record<string, unknown>>;
  /** Where Artillery's runner would say that phases begin and end. */
  readonly test?: EventEmitter;
}

/** Runs users through a scenario, one after another. @returns what Artillery was told, and the users' errors */
export async function play({
  spec,
  users = 1,
  target,
  options = {},
  helpers,
  vars = {},
  test = new EventEmitter(),
}: Asked): Promise<{ told: Told; failed: (Error | null)[] }> {
  const scenario = { ...spec, engine: "agent-transports" };
  const config = { target, engines: { "agent-transports": options } };
  const engine = new AgentTransportsEngine({ config, scenarios: [scenario] }, test, helpers);
  const told = new Told();
  const user = engine.createScenario(scenario, told.events);
  const failed: (Error | null)[] = [];
  const context: Context = { vars };
  for (let n = 0; n < users; n++) failed.push(await new Promise<Error | null>((resolve) => user(context, resolve)));
  return { told, failed };
}
