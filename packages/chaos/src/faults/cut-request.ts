import { noted, param, type Fault } from "./fault.ts";

export const cutRequest: Fault = {
  kind: "cut-request",
  says: "the next connection is reset behind a byte of the request; what is open is reset",
  params: (dice) => ({ bytes: dice.whole(1, 1_200) }),
  strike({ proxy, live }, params) {
    const strikes = noted(proxy, "cut up", "reset");
    proxy.cutAfter("up", param(params, "bytes"));
    if (live()) proxy.reset();
    return strikes;
  },
};
