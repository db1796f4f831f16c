import { carried, param, type Fault } from "./fault.ts";

export const slices: Fault = {
  kind: "slices",
  says: "writes of one to seven bytes both ways, which split characters, lines and frames",
  params: (dice) => ({ bytes: dice.chance(0.5) ? 1 : dice.whole(2, 7) }),
  strike({ proxy }, params) {
    proxy.setSlice(param(params, "bytes"));
    return carried(proxy);
  },
};
