import { param, type Fault } from "./fault.ts";

const now = Date.now.bind(Date);
let offsetMs = 0;

/** Of the readers' process, whose other lines see it too. Monotonic clocks do not jump. */
export const clock: Fault = {
  kind: "clock",
  says: "the readers' wall clock jumps by up to a day, forwards or back, and back again",
  weight: 0.3,
  // All readers see it, and nothing of their connections changes.
  strikesNoStream: true,
  params: (dice) => ({ ms: dice.whole(-86_400_000, 86_400_000), backMs: dice.whole(50, 1_500) }),
  strike({ live, pause }, params) {
    if (!live()) return () => 0;
    offsetMs = param(params, "ms");
    Date.now = () => now() + offsetMs;
    void pause(param(params, "backMs")).then(() => (offsetMs = 0));
    return () => 1;
  },
};
