import { noted, param, type Fault } from "./fault.ts";

export const silence: Fault = {
  kind: "silence",
  says: "the connection is reset, and the next one is accepted and never answered",
  weight: 0.4,
  params: (dice) => ({ times: dice.chance(0.8) ? 1 : 2 }),
  strike({ proxy, live }, params) {
    const strikes = noted(proxy, "silent");
    proxy.silent(param(params, "times"));
    if (live()) proxy.reset();
    return strikes;
  },
};
