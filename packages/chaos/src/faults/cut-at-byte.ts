import { noted, param, type Fault } from "./fault.ts";

export const cutAtByte: Fault = {
  kind: "cut-at-byte",
  says: "the next connection is cut behind a byte of the answer, with RST or FIN; what is open is reset",
  weight: 3,
  params: (dice) => ({ bytes: dice.chance(0.5) ? dice.whole(1, 700) : dice.whole(700, 8_000), clean: dice.whole(0, 1) }),
  strike({ proxy, live }, params) {
    const strikes = noted(proxy, "cut down", "reset");
    proxy.cutAfter("down", param(params, "bytes"), param(params, "clean") === 1 ? "close" : "reset");
    if (live()) proxy.reset();
    return strikes;
  },
};
