import { binary } from "./binary.ts";
import { connect } from "./connect.ts";
import { firstToken } from "./first-token.ts";
import { reconnect } from "./reconnect.ts";
import { tokenLatency } from "./token-latency.ts";
import { toolLoop } from "./tool-loop.ts";
import type { Scenario } from "./types.ts";
import { uplink } from "./uplink.ts";

/** In the order of a report. */
export const scenarios: readonly Scenario[] = [connect, firstToken, tokenLatency, uplink, reconnect, toolLoop, binary];
export const scenarioNames: readonly string[] = scenarios.map(({ name }) => name);
