/** What both clients are made of. An application uses a client, which gives it the interface and the errors; the rest here is no stable interface. */
export type {
  ClientOptions,
  ConnectionState,
  ItemStorage,
  Query,
  RestoreOptions,
  ResumeOptions,
  RetryOptions,
  Run,
  RunEvent,
  SendOptions,
  StartOptions,
  StateChange,
  TransportClient,
} from "./interface/client.ts";
export type { DataSchemas, StandardSchema } from "./interface/standard-schema.ts";
export { TransportError, type ClientErrorCode, type TransportErrorCode } from "./errors/transport-error.ts";
export { abortedError, asTransportError, optionError, reasonOf } from "./errors/failures.ts";
export { callBack } from "./errors/callback.ts";
export { makeClient, type Start, type Transport } from "./client/make-client.ts";
export { agentUrl, optionLoss, settingsOf, type Settings } from "./client/options.ts";
export type { Driver } from "./run/driver.ts";
export { FollowedRun } from "./run/followed-run.ts";
export type { Sendable } from "./run/input.ts";
export { parseCursor, placeOf, type Place } from "./delivery/cursor.ts";
export { FirstContact } from "./link/first-contact.ts";
export { Faults, MAX_FAULTS } from "./link/faults.ts";
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
} from "./link/link.ts";
export { answered, persist, type Attempt, type Clock, type PersistOptions } from "./link/persist.ts";
export { RETRY_BASE_MS, retryDelayMs } from "./link/retry.ts";
