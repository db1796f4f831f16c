import type { Arm } from "../results/schema.ts";
import type { Scenario } from "../scenarios/parts/scenario.ts";
import { measuredPeers } from "./measured-peers.ts";

/** The same scenario with its peers as further arms; the same where it has none. */
export function withPeers(scenario: Scenario): Scenario {
  const { settings } = scenario;
  if (settings.every(({ peers }) => peers === undefined)) return scenario;
  const arms = measuredPeers.map(({ id, label, transport, application }): Arm => {
    const notAsked = settings.flatMap(({ id: condition, peers }) => {
      const reason = peers?.notAsked() ?? null;
      return reason === null ? [] : [{ condition, reason }];
    });
    return { id, label: application.label ?? label, peer: { beside: transport, notAsked } };
  });
  return {
    ...scenario,
    arms: [...scenario.arms, ...arms],
    settings: settings.map((setting) => ({
      ...setting,
      async measure(lab, arm) {
        const peer = measuredPeers.find(({ id }) => id === arm);
        if (peer === undefined || setting.peers === undefined) return setting.measure(lab, arm);
        if (lab.kind === "remote") throw new Error("Peers are measured beside the embedded Worker only.");
        return setting.peers.measure(lab, peer);
      },
    })),
  };
}
