import type { RunFailure } from "@agent-transports/protocol";
import type { Observe } from "../observability/observe.ts";
import type { Recovery } from "../recovery/bounds.ts";
import type { Way } from "../recovery/rejoin.ts";
import { misconfigured } from "../wire/errors.ts";
import type { AskedLimits } from "./asked-limits.ts";
import type { Durability } from "./durability.ts";
import type { Generate, WaitingCall } from "./generation.ts";
import { told } from "./guards.ts";

/** What an agent's author is asked before an answer is taken up again. */
export interface Interruption {
  readonly run: string;
  readonly way: Way;
  /** Which try this is since something was last added to the answer, from 1. */
  readonly attempt: number;
  /** Why the generation ended: `interrupted`, where the agent died. */
  readonly cause: RunFailure;
  /** The text so far. */
  readonly text: string;
  /** Tool calls without an output. */
  readonly calls: readonly WaitingCall[];
}

export interface CarrierHooks {
  readonly generate: Generate;
  /** What goes out for an error that `generate` threw. */
  readonly describeError: (error: unknown) => RunFailure;
  readonly recovery: () => Partial<Recovery>;
  /** Whether an answer may go on. */
  readonly recover: (interruption: Interruption) => boolean | Promise<boolean>;
  /** Resolves once all that was written before is durable. */
  readonly durable: () => Promise<void>;
  readonly observe: Observe;
}

export interface Hooks extends CarrierHooks {
  /** Keeps the object alive, and wakes it again if it dies, while the promise is pending. */
  readonly keepAlive: (work: () => Promise<void>) => void;
  /** A run has ended, and its terminal event is in the log. */
  readonly ended: (now: number) => void;
  readonly limits: AskedLimits;
  readonly durability: () => Durability;
}

/** What only looks on ends nothing, and what a client is told has the form of what it is told. */
export function guarded(hooks: Hooks): Hooks {
  return {
    ...hooks,
    observe: (observation) => told(() => hooks.observe(observation)),
    ended: (now) => told(() => hooks.ended(now)),
    describeError: (error) => checkedFailure(hooks.describeError(error)),
  };
}

/** @throws RequestError `misconfigured` */
export function checkedFailure(failure: RunFailure): RunFailure {
  if (typeof failure?.code === "string" && typeof failure.message === "string") return failure;
  throw misconfigured("describeError() must give { code, message }.");
}
