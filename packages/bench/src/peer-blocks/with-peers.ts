import type { Arm } from "../results/schema.ts";
import type { Scenario } from "../scenarios/parts/scenario.ts";

/** The same scenario with its peers as further arms; the same where it has none. */
export function withPeers(scenario: Scenario): Scenario {
  const { peers: part, conditions } = scenario;
  if (part === undefined) return scenario;
  const arms = part.peers.map((peer): Arm => {
    const notAsked = conditions.flatMap((condition) => {
      const reason = part.missing?.(condition, peer) ?? null;
      return reason === null ? [] : [{ condition: condition.id, reason }];
    });
    const { id, label, transport, application } = peer;
    return { id, label: application.label ?? label, peer: { beside: transport, notAsked } };
  });
  return {
    ...scenario,
    arms: [...scenario.arms, ...arms],
    runBlock(lab, arm, condition) {
      const peer = part.peers.find(({ id }) => id === arm);
      return peer === undefined ? scenario.runBlock(lab, arm, condition) : part.runBlock(lab, peer, condition);
    },
  };
}
