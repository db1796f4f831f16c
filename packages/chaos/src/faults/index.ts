import { bandwidth } from "./bandwidth.ts";
import { clock } from "./clock.ts";
import { close } from "./close.ts";
import { crash } from "./crash.ts";
import { credentials } from "./credentials.ts";
import { cutAtByte } from "./cut-at-byte.ts";
import { cutRequest } from "./cut-request.ts";
import type { Fault } from "./fault.ts";
import { gateway } from "./gateway.ts";
import { halfOpen } from "./half-open.ts";
import { latency } from "./latency.ts";
import { offline } from "./offline.ts";
import { refuse } from "./refuse.ts";
import { reset } from "./reset.ts";
import { retention } from "./retention.ts";
import { silence } from "./silence.ts";
import { slices } from "./slices.ts";
import { stall } from "./stall.ts";

export type { Fault, Strikes, Target } from "./fault.ts";

/** What strikes one line. The provider's faults are the reply's, and kills are the scenario's. */
export const FAULTS: readonly Fault[] = [
  reset,
  close,
  cutAtByte,
  cutRequest,
  slices,
  latency,
  bandwidth,
  halfOpen,
  stall,
  refuse,
  silence,
  gateway,
  offline,
  credentials,
  crash,
  retention,
  clock,
];

/** @throws RangeError for a kind that there is not */
export function faultOf(kind: string): Fault {
  const fault = FAULTS.find((one) => one.kind === kind);
  if (fault === undefined) throw new RangeError(`There is no fault ${kind}.`);
  return fault;
}
