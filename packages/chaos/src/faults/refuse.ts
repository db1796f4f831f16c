import { noted, param, type Fault } from "./fault.ts";

export const refuse: Fault = {
  kind: "refuse",
  says: "the connection is reset, and so are the next one to four as they come",
  params: (dice) => ({ times: dice.whole(1, 4) }),
  strike({ proxy, live }, params) {
    const strikes = noted(proxy, "refused");
    proxy.refuse(param(params, "times"));
    if (live()) proxy.reset();
    return strikes;
  },
};
