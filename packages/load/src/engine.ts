import { EventEmitter } from "node:events";
import { TransportError } from "@agent-transports/client-core";
import { Saturation } from "./generator/saturation.ts";
import { generatorName, type Transport } from "./metrics/metric-list.ts";
import { Recorder, type Emitter } from "./metrics/recorder.ts";
import { ScriptError, StepError } from "./script/errors.ts";
import { readFlow, type ScenarioSpec } from "./script/read-flow.ts";
import { ENGINE, readOptions, type ScriptConfig } from "./script/read-options.ts";
import type { EngineOptions, Flow, Shares } from "./script/steps.ts";
import { runFlow } from "./session/run-flow.ts";
import { Session } from "./session/session.ts";

/** A test script as Artillery hands it to an engine, as far as this one reads it. */
export interface Script {
  readonly config: ScriptConfig & { readonly engine?: unknown };
  readonly scenarios?: readonly (ScenarioSpec & { readonly engine?: unknown })[];
}

/** What Artillery's runner emits: `phaseStarted`, `phaseCompleted`. */
export interface TestEvents {
  on(event: string, listener: (phase: Phase) => void): unknown;
}

interface Phase {
  readonly duration?: number;
  /** As `Date.now()` counts. */
  readonly startTime?: number;
  readonly endTime?: number;
}

/** What Artillery hands to an engine besides. */
export interface Helpers {
  /** Fills in `{{ variables }}`. */
  readonly template?: (value: unknown, context: Context) => unknown;
}

/** A user's context, which Artillery makes. */
export interface Context {
  readonly vars?: Readonly<Record<string, unknown>>;
}

/** Runs one user through a scenario. Calls back once: with an error where a step failed. */
export type RunUser = (context: Context, callback: (error: Error | null, context: Context) => void) => void;

/**
 * The engine, as Artillery makes one for each of its workers. It reads all scenarios that name it before the first user.
 *
 * Its users take the agents in turn, and the transports by the scenario's shares. A bearer token is read from the environment: `AGENT_TOKEN`.
 */
export class AgentTransportsEngine {
  readonly #options: EngineOptions | undefined;
  readonly #flows = new Map<ScenarioSpec, Flow>();
  readonly #fill: NonNullable<Helpers["template"]>;
  #testStartedAt: number | undefined;
  #nextAgent = Math.floor(Math.random() * 2 ** 31);
  #saturation: Saturation | undefined;
  #emitter: Emitter = new EventEmitter();

  /** @throws ScriptError for a script that cannot be run. Within Artillery the worker ends with it, because Artillery would only warn */
  constructor(script: Script, test: TestEvents, helpers: Helpers = {}) {
    this.#fill = helpers.template ?? ((value) => value);
    test.on("phaseStarted", () => (this.#testStartedAt ??= performance.now()));
    test.on("phaseCompleted", (phase) => this.#tellOverrun(phase));
    try {
      this.#options = readOptions(script.config);
      for (const [index, spec] of (script.scenarios ?? []).entries()) {
        if ((spec.engine ?? script.config.engine) === ENGINE) this.#flows.set(spec, readFlow(spec, index));
      }
    } catch (error) {
      if (!("artillery" in globalThis)) throw error;
      setImmediate(() => {
        throw error;
      });
    }
  }

  /** @param events where Artillery takes metrics. @throws ScriptError */
  createScenario(spec: ScenarioSpec, events: Emitter): RunUser {
    const options = this.#options;
    if (options === undefined) throw new ScriptError("invalid_option", `config.engines.${ENGINE}`, "the script was refused.");
    const flow = this.#flows.get(spec) ?? readFlow(spec);
    const record = new Recorder(events);
    const next = alternation(flow.shares);
    this.#emitter = events;
    // An engine is made for each worker, and has all of its scenarios.
    if (this.#saturation === undefined) record.enroll();
    this.#saturation ??= new Saturation(events, (sentence) => console.warn(sentence));
    const saturation = this.#saturation;
    record.begin(["sse", "ws"]);
    return (context, callback) => {
      events.emit("started");
      saturation.enter();
      const session = new Session(next(), this.#agentName(options), options, record);
      const around = {
        fill: (value: unknown) => this.#fill(value, context),
        testStartedAt: (this.#testStartedAt ??= performance.now()),
        random: Math.random,
      };
      void playOut(runFlow(flow.steps, session, around), session, (error) => {
        saturation.leave();
        if (error !== undefined) record.failed(codeOf(error));
        callback(error === undefined ? null : asError(error), context);
      });
    };
  }

  #agentName({ name, agents }: EngineOptions): string {
    this.#nextAgent += 1;
    return `${name}-${this.#nextAgent % agents}`;
  }

  /** Artillery makes all arrivals of a phase, late where it cannot keep up. */
  #tellOverrun({ duration, startTime, endTime }: Phase): void {
    if (duration === undefined || startTime === undefined || endTime === undefined) return;
    this.#emitter.emit("histogram", generatorName("generator_overrun_ms"), Math.max(0, endTime - startTime - duration * 1000));
  }
}

/** @param done is told why the user failed, where it did */
async function playOut(flow: Promise<void>, session: Session, done: (error: unknown) => void): Promise<void> {
  let failure: unknown;
  try {
    await flow;
  } catch (error) {
    failure = error;
  }
  done(session.end(failure));
}

/** Gives each transport its share exactly, and evenly over time. */
function alternation({ sse }: Shares): () => Transport {
  // Half a user ahead, so that of the first two with equal shares one is over each.
  let owed = 0.5;
  return () => {
    owed += sse;
    // Shares such as 0.1 do not add up to 1 exactly.
    if (owed < 1 - 1e-9) return "ws";
    owed -= 1;
    return "sse";
  };
}

function codeOf(error: unknown): string {
  return error instanceof TransportError || error instanceof StepError ? error.code : asError(error).name;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
