import { param, type Fault } from "./fault.ts";

/** Timers of a frozen tab stand still, and those of a client here do not: its connection is as silent, and may be cut. */
export const freeze: Fault = {
  kind: "freeze",
  says: "the tab is frozen: nothing goes either way, the connection may be cut, and then it is told resume",
  when: "later",
  params: (dice) => ({ ms: dice.whole(50, 1_800), cut: dice.whole(0, 1) }),
  strike({ page, proxy, live, pause }, params) {
    if (!live() || page.tell("visibilitychange", "hidden") === 0) return () => 0;
    page.tell("freeze", "hidden");
    const struck = proxy.stall("down").connections;
    proxy.stall("up");
    const thaw = (): void => {
      if (param(params, "cut") === 1) proxy.reset();
      proxy.heal();
      page.tell("resume");
      page.tell("visibilitychange");
    };
    void pause(param(params, "ms")).then(thaw);
    return () => Math.min(struck, 1);
  },
};
