/** What this project's own clients are made of. Not a stable interface: applications use the clients. */
export { makeClient, type Start, type Transport } from "./client.ts";
export { callBack } from "./callback.ts";
export { parseCursor, placeOf, type Place } from "./cursor.ts";
export { abortedError, asTransportError, optionError, reasonOf } from "./failures.ts";
export { FollowedRun, type Driver, type Sendable } from "./followed-run.ts";
export { Faults, MAX_FAULTS } from "./faults.ts";
export { FirstContact } from "./first-contact.ts";
export { agentUrl, optionLoss, settingsOf, type Settings } from "./options.ts";
export {
  agreedPeriodMs,
  begin,
  exhausted,
  LostError,
  step,
  type Link,
  type LinkEffect,
  type LinkEvent,
  type LinkSettings,
  type PageEvent,
} from "./link.ts";
export { answered, persist, type Attempt, type Clock, type PersistOptions } from "./persist.ts";
