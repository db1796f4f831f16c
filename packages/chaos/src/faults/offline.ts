import { param, type Fault } from "./fault.ts";

export const offline: Fault = {
  kind: "offline",
  says: "the line is gone for a time: what is open is reset, and what comes is refused",
  when: "later",
  params: (dice) => ({ ms: dice.whole(20, 900) }),
  strike({ proxy, live, pause }, params) {
    proxy.refuse(Number.POSITIVE_INFINITY);
    const struck = live() ? proxy.reset().connections : 0;
    void pause(param(params, "ms")).then(() => proxy.refuse(0));
    return () => Math.min(struck, 1);
  },
};
