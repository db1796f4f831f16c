import type { LinkProfile } from "@agent-transports/lab/network";
import { withPeers } from "../peer-blocks/with-peers.ts";
import { badLink } from "./bad-link.ts";
import { binary } from "./binary.ts";
import { buffering } from "./buffering.ts";
import { compression } from "./compression.ts";
import { concurrency } from "./concurrency.ts";
import { connect } from "./connect.ts";
import { distance } from "./distance.ts";
import { distanceNode } from "./distance-node.ts";
import { firstToken } from "./first-token.ts";
import { halfOpen } from "./half-open.ts";
import { herd } from "./herd.ts";
import { idle } from "./idle.ts";
import { longRun } from "./long-run.ts";
import { map } from "./map.ts";
import { multiplex } from "./multiplex.ts";
import { nat } from "./nat.ts";
import { outage } from "./outage.ts";
import { proxy } from "./proxy.ts";
import { reconnectBrowser } from "./reconnect-browser.ts";
import { reconnectCost } from "./reconnect-cost.ts";
import { reconnect } from "./reconnect.ts";
import { stallsOn } from "./stalls.ts";
import { tabs } from "./tabs.ts";
import { throughput } from "./throughput.ts";
import { tokenLatency } from "./token-latency.ts";
import { toolLoopFar } from "./tool-loop-far.ts";
import { toolLoop } from "./tool-loop.ts";
import { workerRestart } from "./worker-restart.ts";
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
  distanceNode,
  badLink,
  stallsOn(),
  map,
  outage,
  nat,
  workerRestart,
  reconnect,
  reconnectBrowser,
  reconnectCost,
  herd,
  concurrency,
  multiplex,
  tabs,
  toolLoop,
  toolLoopFar,
  proxy,
  buffering,
  idle,
  longRun,
  halfOpen,
  compression,
  binary,
];

/** What a run may ask for. */
export interface Asked {
  /** Whether what people use today is measured beside ours. */
  readonly peers?: boolean | undefined;
  /** A link on which `stalls` is measured, too. */
  readonly recorded?: LinkProfile | undefined;
}

export function allScenarios({ peers = false, recorded }: Asked): readonly Scenario[] {
  const all = recorded === undefined ? scenarios : scenarios.map((one) => (one.name === "stalls" ? stallsOn(recorded) : one));
  return peers ? all.map(withPeers) : all;
}

export const scenarioNames: readonly string[] = scenarios.map(({ name }) => name);
