import { carried, param, type Fault } from "./fault.ts";

export const bandwidth: Fault = {
  kind: "bandwidth",
  says: "a line of 20,000 to 200,000 bytes a second",
  params: (dice) => ({ bytesPerSecond: dice.whole(20_000, 200_000) }),
  strike({ proxy }, params) {
    proxy.setBandwidth(param(params, "bytesPerSecond"));
    return carried(proxy);
  },
};
