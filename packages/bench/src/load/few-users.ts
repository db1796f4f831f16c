import { arrivalsOf, peakRate, scenarios, usedBy, wantedOf } from "artillery-engine-agent-transports/plan";
import type { LoadPlan } from "./load-options.ts";

/**
 * Each of Artillery's workers gives the transports their shares of its own users, rounded. So of few users none may come over a transport that has a
 * small share, and a threshold asks that each finishes runs.
 *
 * @param workers that Artillery has: those without users are none
 */
export function fewUsersWarning(plan: LoadPlan, workers: number): string | undefined {
  if (typeof plan.transport === "string") return undefined;
  const phases = scenarios[plan.name].phases(wantedOf(plan.name, plan));
  const users = arrivalsOf(phases);
  const { sse } = plan.transport;
  const active = Math.max(1, Math.min(workers, Math.floor(peakRate(phases))));
  const few = usedBy(plan.transport).find((transport) => (transport === "sse" ? sse : 1 - sse) * (users / active) < 1);
  if (few === undefined) return undefined;
  const share = few === "sse" ? sse : 1 - sse;
  return (
    `By its share, ${Number((share * users).toFixed(1))} of ${users} users come over ${few}, for ${active} of Artillery's workers: perhaps none does. ` +
    `Then ${few} finishes no run, and the test fails by that. Give it a larger share, or bring more users.`
  );
}
