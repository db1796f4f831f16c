import type { Transport } from "../metrics/metric-list.ts";
import { arrivalsOf, type Phase } from "./arrivals.ts";
import type { StepSpec } from "../script/step-spec.ts";
import { RUN_LIMIT_MS } from "../script/run-limit.ts";
import { runLimitMsOf, scenarios, type ScenarioName, type Wanted } from "./scenario-list.ts";
import { ensureConditions, type Threshold } from "./thresholds.ts";

export interface ScriptOptions extends Partial<Wanted> {
  /** The Worker's URL. A scenario file has it from the environment. */
  readonly target: string;
  /** Default: half of the users over each. */
  readonly transport?: Transport | { readonly sse: number };
  /** Instead of a scenario's own limit. */
  readonly p95FirstEventMs?: number;
  /** The agent's URL segment. Default `transport-agent`. */
  readonly agent?: string;
  /** How many agents take the users in turn. Default 20. */
  readonly agents?: number;
}

/** A script for `artillery run`, as JSON or YAML has it. */
export interface ArtilleryScript {
  readonly config: {
    readonly target: string;
    readonly phases: readonly object[];
    readonly engines: { readonly "agent-transports": object };
    readonly plugins: { readonly ensure: { readonly conditions: readonly { readonly expression: string }[] } };
  };
  readonly scenarios: readonly [
    { readonly name: string; readonly engine: string; readonly transport: unknown; readonly flow: readonly StepSpec[] },
  ];
}

export function artilleryScript(name: ScenarioName, options: ScriptOptions): ArtilleryScript {
  const scenario = scenarios[name];
  const wanted = wantedOf(name, options);
  const { transport = { sse: 0.5 }, target, agent, agents = 20 } = options;
  const runLimitMs = runLimitMsOf(name, wanted);
  const phases = scenario.phases(wanted);
  const maxVusers = scenario.mostUsers(phases);
  return {
    config: {
      target,
      phases: phases.map((phase) => ({ ...artilleryPhase(phase), maxVusers })),
      engines: {
        "agent-transports": {
          ...(agent === undefined ? {} : { agent }),
          agents,
          ...(runLimitMs === RUN_LIMIT_MS ? {} : { runLimitMs }),
        },
      },
      plugins: { ensure: { conditions: ensureConditions(thresholdsOf(name, options.p95FirstEventMs), usedBy(transport)) } },
    },
    scenarios: [{ name, engine: "agent-transports", transport, flow: scenario.flow(wanted) }],
  };
}

/** The scenario's own rate and time, where others are not asked for. */
export function wantedOf(name: ScenarioName, { rate, seconds, gaps }: Partial<Wanted>): Wanted {
  const { byDefault } = scenarios[name];
  return { rate: rate ?? byDefault.rate, seconds: seconds ?? byDefault.seconds, ...(gaps === undefined ? {} : { gaps }) };
}

export function thresholdsOf(name: ScenarioName, p95FirstEventMs: number | undefined): readonly Threshold[] {
  return scenarios[name].thresholds.map((one) =>
    one.is === "p95" && one.metric === "first_event_ms" && p95FirstEventMs !== undefined ? { ...one, atMost: p95FirstEventMs } : one,
  );
}

export function usedBy(transport: Transport | { readonly sse: number }): readonly Transport[] {
  if (typeof transport === "string") return [transport];
  if (transport.sse === 0) return ["ws"];
  return transport.sse === 1 ? ["sse"] : ["sse", "ws"];
}

/** Artillery divides a rate between workers, and takes whole ones only. Another is a count, which one worker makes. */
function artilleryPhase(phase: Phase): object {
  const { name, seconds, rate, rampTo } = phase;
  if (rate === 0 && rampTo === undefined) return { name, pause: seconds };
  if (rampTo !== undefined) return { name, duration: seconds, arrivalRate: rate, rampTo };
  if (Number.isInteger(rate)) return { name, duration: seconds, arrivalRate: rate };
  return { name, duration: seconds, arrivalCount: Math.max(1, arrivalsOf([phase])) };
}
