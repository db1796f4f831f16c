import type { Fault } from "./fault.ts";

export const close: Fault = {
  kind: "close",
  says: "FIN to the client on every open connection, in the middle of an answer",
  weight: 2,
  when: "later",
  params: () => ({}),
  strike({ proxy, live }) {
    const struck = live() ? proxy.closeClean("down").connections : 0;
    return () => Math.min(struck, 1);
  },
};
