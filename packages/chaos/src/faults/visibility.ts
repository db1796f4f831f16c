import { param, type Fault } from "./fault.ts";

export const visibility: Fault = {
  kind: "visibility",
  says: "while nobody looks at the page, its connection carries nothing more: it is told visibilitychange, twice",
  weight: 0.5,
  when: "later",
  // Around a heartbeat's period: behind a longer silence, the client asks anew at once.
  params: (dice) => ({ ms: dice.whole(600, 1_900) }),
  strike({ page, proxy, live, pause }, params) {
    if (!live() || page.tell("visibilitychange", "hidden") === 0) return () => 0;
    const struck = proxy.halfOpen().connections;
    void pause(param(params, "ms")).then(() => page.tell("visibilitychange"));
    return () => Math.min(struck, 1);
  },
};
