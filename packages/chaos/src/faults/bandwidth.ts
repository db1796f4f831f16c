import { carried, param, type Fault } from "./fault.ts";

/** So long a line takes at least for what it carries, or nobody would notice. */
const NOTICED_MS = 20;

export const bandwidth: Fault = {
  kind: "bandwidth",
  says: "a line of 20,000 to 200,000 bytes a second",
  params: (dice) => ({ bytesPerSecond: dice.whole(20_000, 200_000) }),
  strike({ proxy }, params) {
    const bytesPerSecond = param(params, "bytesPerSecond");
    proxy.setBandwidth(bytesPerSecond);
    return carried(proxy, (bytesPerSecond * NOTICED_MS) / 1_000);
  },
};
