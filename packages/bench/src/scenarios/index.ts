import { withPeers } from "../peer-blocks/with-peers.ts";
import { binary } from "./binary.ts";
import { buffering } from "./buffering.ts";
import { compression } from "./compression.ts";
import { concurrency } from "./concurrency.ts";
import { connect } from "./connect.ts";
import { distance } from "./distance.ts";
import { firstToken } from "./first-token.ts";
import { halfOpen } from "./half-open.ts";
import { herd } from "./herd.ts";
import { idle } from "./idle.ts";
import { longRun } from "./long-run.ts";
import { multiplex } from "./multiplex.ts";
import { outage } from "./outage.ts";
import { proxy } from "./proxy.ts";
import { reconnectBrowser } from "./reconnect-browser.ts";
import { reconnectCost } from "./reconnect-cost.ts";
import { reconnect } from "./reconnect.ts";
import { stalls } from "./stalls.ts";
import { throughput } from "./throughput.ts";
import { tokenLatency } from "./token-latency.ts";
import { toolLoop } from "./tool-loop.ts";
import type { Scenario } from "./parts/scenario.ts";
import { uplink } from "./uplink.ts";

/** In the order of a report. */
export const scenarios: readonly Scenario[] = [
  connect,
  firstToken,
  tokenLatency,
  throughput,
  uplink,
  distance,
  stalls,
  outage,
  reconnect,
  reconnectBrowser,
  reconnectCost,
  herd,
  concurrency,
  multiplex,
  toolLoop,
  proxy,
  buffering,
  idle,
  longRun,
  halfOpen,
  compression,
  binary,
];

/** What a run may ask for. @param peers whether what people use today is measured beside ours */
export function allScenarios({ peers = false }: { readonly peers?: boolean | undefined }): readonly Scenario[] {
  return peers ? scenarios.map(withPeers) : scenarios;
}

export const scenarioNames: readonly string[] = scenarios.map(({ name }) => name);
