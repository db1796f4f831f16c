import { param, type Fault } from "./fault.ts";

export const stall: Fault = {
  kind: "stall",
  says: "nothing comes down for a time, and then all of it",
  when: "later",
  params: (dice) => ({ ms: dice.whole(20, 600) }),
  strike({ proxy, live, pause }, params) {
    const struck = live() ? proxy.stall("down").connections : 0;
    void pause(param(params, "ms")).then(() => proxy.heal());
    return () => Math.min(struck, 1);
  },
};
