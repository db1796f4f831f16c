/** What both clients are made of. An application uses a client, which gives it the interface and the errors; the rest here is no stable interface. */
export type {
  ClientOptions,
  ConnectionState,
  ConnectOptions,
  CoreClient,
  CoreOptions,
  CoreResumeOptions,
  CoreRun,
  CoreRunOptions,
  CoreStartOptions,
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
export { asTransportError, optionError, reasonOf } from "./errors/failures.ts";
export { makeCoreClient } from "./core/core-client.ts";
export { coreSettingsOf, invalid, type CoreSettings } from "./core/core-options.ts";
export { fault, type Arrival, type Connect, type Line, type Target } from "./core/core-run.ts";
export { makeClient, type Transport } from "./client/make-client.ts";
export { agentUrl, baseSettingsOf, ofOption, settingsOf, type BaseSettings, type Settings } from "./client/options.ts";
export type { Driver } from "./run/driver.ts";
export { FollowedRun } from "./run/followed-run.ts";
export type { Sendable, Start } from "./run/input.ts";
export { placeOf, type Place } from "./delivery/cursor.ts";
export { Faults } from "./link/faults.ts";
export { begin, exhausted, LostError, step, type LinkSettings, type PageEvent } from "./link/link.ts";
export { answered, persist, type Attempt, type Clock } from "./link/persist.ts";
export { uploadMs } from "./link/upload.ts";
export { RETRY_BASE_MS, retryDelayMs } from "./link/retry.ts";
