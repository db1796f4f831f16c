import type { Lab, LocalLab } from "../../lab/lab.ts";
import type { Arm } from "../../results/schema.ts";
import type { PeerPart } from "./peer-part.ts";
import type { Measurement, PeersAtSetting, Scenario, Setting } from "./scenario.ts";

/** A setting, with what a block is measured with there. */
export interface SettingOf<Value, ArmId extends string> extends Pick<Setting, "id" | "label" | "factors" | "groups"> {
  readonly value: Value;
  /** Default: nothing is. */
  readonly missing?: Setting["missing"];
  /** Default: 1. */
  readonly blocksAtOnce?: number;
  /** Default: it is not. */
  readonly inHalves?: boolean;
  /** Default: all that the scenario has. */
  readonly furtherArms?: readonly ArmId[];
  /** Default: they are. */
  readonly furtherArmsAtQuick?: boolean;
}

type Measure<SomeLab extends Lab, SomeArm, Value> = (lab: SomeLab, arm: SomeArm, value: Value) => Promise<Measurement>;

interface About<Value, SomeArm extends Arm> extends Omit<
  Scenario,
  "instrument" | "arms" | "settings" | "notRemote" | "remoteRuns" | "blockLimitMs" | "measure"
> {
  /** Default: loopback. */
  readonly instrument?: Scenario["instrument"];
  readonly arms: readonly SomeArm[];
  readonly settings: readonly SettingOf<Value, SomeArm["id"]>[];
  /** Default: 60,000. */
  readonly blockLimitMs?: number;
  /** What people use today, beside ours, where `--peers` asks for it. */
  readonly peers?: PeerPart<Value>;
}

/** It needs what only a lab on this machine has. */
interface LocalOnly<Value, SomeArm> {
  readonly notRemote: string;
  readonly measure: Measure<LocalLab, SomeArm, Value>;
}

/** It says something about a deployment too, and what a block costs there. */
interface Anywhere<Value, SomeArm> {
  readonly notRemote: null;
  readonly remoteRuns: number;
  readonly measure: Measure<Lab, SomeArm, Value>;
}

const BLOCK_LIMIT_MS = 60_000;

/**
 * A scenario of which the types say what is there: the value of a setting reaches the function that measures a block of it, with an arm that is
 * one of the scenario's, and with a lab on this machine where the scenario says nothing about a deployment.
 */
export function defineScenario<Value, const SomeArm extends Arm>(
  definition: About<Value, SomeArm> & (LocalOnly<Value, SomeArm> | Anywhere<Value, SomeArm>),
): Scenario {
  const { name, title, question, claims, method, arms, metrics, settings, notRemote, peers } = definition;
  const { instrument = "loopback", blockLimitMs = BLOCK_LIMIT_MS } = definition;
  const measure: Measure<Lab, SomeArm, Value> = definition.notRemote === null ? definition.measure : onlyLocal(name, definition.measure);
  const furtherArms = arms.map(({ id }) => id).filter((id) => id !== "sse" && id !== "ws");
  return {
    name,
    title,
    question,
    claims,
    method,
    instrument,
    arms: arms.map(({ id, label }) => ({ id, label })),
    metrics,
    settings: settings.map(
      ({
        value,
        missing = nothing,
        blocksAtOnce = 1,
        inHalves = false,
        furtherArms: some = furtherArms,
        furtherArmsAtQuick = true,
        ...setting
      }) => ({
        ...setting,
        missing,
        blocksAtOnce,
        inHalves,
        furtherArms: furtherArms.filter((id) => some.includes(id)),
        furtherArmsAtQuick,
        async measure(lab, id) {
          const arm = arms.find((one) => one.id === id);
          if (arm === undefined) throw new Error(`${name} has no arm ${id}.`);
          return measure(lab, arm, value);
        },
        ...(peers === undefined ? {} : { peers: peersAt(peers, value) }),
      }),
    ),
    notRemote,
    remoteRuns: definition.notRemote === null ? definition.remoteRuns : 0,
    blockLimitMs,
  };
}

function peersAt<Value>(part: PeerPart<Value>, value: Value): PeersAtSetting {
  return { groups: part.groups, notAsked: () => part.notAsked?.(value) ?? null, measure: (lab, peer) => part.measure(lab, peer, value) };
}

function nothing(): null {
  return null;
}

function onlyLocal<SomeArm, Value>(name: string, measure: Measure<LocalLab, SomeArm, Value>): Measure<Lab, SomeArm, Value> {
  return async (lab, arm, value) => {
    if (lab.kind === "remote") throw new Error(`${name} is not measured at a deployment.`);
    return measure(lab, arm, value);
  };
}
