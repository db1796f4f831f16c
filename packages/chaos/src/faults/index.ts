import { address } from "./address.ts";
import { bandwidth } from "./bandwidth.ts";
import { blackout } from "./blackout.ts";
import { clock } from "./clock.ts";
import { close } from "./close.ts";
import { crash } from "./crash.ts";
import { credentials } from "./credentials.ts";
import { cutAtByte } from "./cut-at-byte.ts";
import { cutRequest } from "./cut-request.ts";
import type { Fault } from "./fault.ts";
import { freeze } from "./freeze.ts";
import { gateway } from "./gateway.ts";
import { halfOpen } from "./half-open.ts";
import { latency } from "./latency.ts";
import { loss } from "./loss.ts";
import { moved } from "./moved.ts";
import { network } from "./network.ts";
import { offline } from "./offline.ts";
import { pagehide } from "./pagehide.ts";
import { refuse } from "./refuse.ts";
import { reset } from "./reset.ts";
import { retention } from "./retention.ts";
import { silence } from "./silence.ts";
import { slices } from "./slices.ts";
import { stall } from "./stall.ts";
import { visibility } from "./visibility.ts";

export type { Fault, Strikes, Target } from "./fault.ts";

/** The fault that is not a line's: a provider whose stream breaks, or fails. */
export const PROVIDER = "provider";

/** What a stream is struck by that is read from an agent which had been evicted. */
export const EVICTION = "eviction";

/** The wall clock of a Worker, on which it runs alone: nothing of a connection changes. */
export const WORKER_CLOCK = "worker-clock";

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
  network,
  moved,
  pagehide,
  freeze,
  visibility,
  credentials,
  crash,
  retention,
  clock,
  blackout,
  address,
  loss,
];

/** What `--faults` takes. */
export const KINDS: readonly string[] = [...FAULTS.map(({ kind }) => kind), PROVIDER];

/** To a reader, a provider that fails is a pause or an end, and of the others these change nothing of its connection. */
export const STRIKES_NO_STREAM: ReadonlySet<string> = new Set([
  PROVIDER,
  WORKER_CLOCK,
  ...FAULTS.filter(({ strikesNoStream }) => strikesNoStream === true).map(({ kind }) => kind),
]);

/** What happens to packets, and so only to lines with a link. */
export const ON_LINK: ReadonlySet<string> = new Set(FAULTS.filter(({ onLink }) => onLink === true).map(({ kind }) => kind));

/** Of these, a stream shows by its coming back that they struck it. */
export const STRIKES_WHO_COMES_BACK: ReadonlySet<string> = new Set(
  FAULTS.filter(({ strikesWhoComesBack }) => strikesWhoComesBack === true).map(({ kind }) => kind),
);

/** @throws RangeError for a kind that there is not */
export function faultOf(kind: string): Fault {
  const fault = FAULTS.find((one) => one.kind === kind);
  if (fault === undefined) throw new RangeError(`There is no fault ${kind}.`);
  return fault;
}
