import { buffering } from "./buffering.ts";
import { compression } from "./compression.ts";
import { connect } from "./connect.ts";
import { firstToken } from "./first-token.ts";
import { halfOpen } from "./half-open.ts";
import { idle } from "./idle.ts";
import { proxy } from "./proxy.ts";
import { reconnect } from "./reconnect.ts";
import { tokenLatency } from "./token-latency.ts";
import { toolLoop } from "./tool-loop.ts";
import type { Scenario } from "./types.ts";
import { uplink } from "./uplink.ts";

/** In the order of a report. */
export const scenarios: readonly Scenario[] = [
  connect,
  firstToken,
  tokenLatency,
  uplink,
  reconnect,
  toolLoop,
  proxy,
  buffering,
  idle,
  halfOpen,
  compression,
];
export const scenarioNames: readonly string[] = scenarios.map(({ name }) => name);
