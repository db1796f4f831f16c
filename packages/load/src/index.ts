/** Artillery loads the default export: an engine's class. */
export { AgentTransportsEngine as default, AgentTransportsEngine } from "./engine.ts";
export type { Context, Helpers, RunUser, Script, TestEvents } from "./engine.ts";
export { ScriptError, StepError, type ScriptErrorType, type StepErrorCode } from "./script/errors.ts";
export { artilleryName, generatorMetrics, generatorName, metrics } from "./metrics/metric-list.ts";
export type { GeneratorMetricName, Metric, MetricKind, MetricName, Transport } from "./metrics/metric-list.ts";
export type { Emitter } from "./metrics/recorder.ts";
export type { ScenarioSpec } from "./script/read-flow.ts";
export type { Nothing, StepSpec } from "./script/step-spec.ts";
export type { ScriptConfig } from "./script/read-options.ts";
