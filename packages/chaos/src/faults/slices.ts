import { carried, param, type Fault } from "./fault.ts";

/** So many slices, and some of them split an event. */
const NOTICED_SLICES = 100;

export const slices: Fault = {
  kind: "slices",
  says: "writes of one to seven bytes both ways, which split characters, lines and frames",
  params: (dice) => ({ bytes: dice.chance(0.5) ? 1 : dice.whole(2, 7) }),
  strike({ proxy }, params) {
    const bytes = param(params, "bytes");
    proxy.setSlice(bytes);
    return carried(proxy, bytes * NOTICED_SLICES);
  },
};
