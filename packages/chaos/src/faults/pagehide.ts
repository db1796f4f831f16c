import { param, type Fault } from "./fault.ts";

export const pagehide: Fault = {
  kind: "pagehide",
  says: "the page is put away and shown again: it is told pagehide, and later pageshow",
  when: "later",
  params: (dice) => ({ ms: dice.whole(0, 1_200) }),
  strike({ page, live, pause }, params) {
    // The small client listens for nothing.
    if (!live() || page.tell("pagehide") === 0) return () => 0;
    void pause(param(params, "ms")).then(() => page.tell("pageshow"));
    return () => 1;
  },
};
