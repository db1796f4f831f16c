import type { Fault } from "./fault.ts";

export const reset: Fault = {
  kind: "reset",
  says: "RST on every open connection",
  weight: 2,
  when: "later",
  params: () => ({}),
  strike({ proxy, live }) {
    const struck = live() ? proxy.reset().connections : 0;
    return () => Math.min(struck, 1);
  },
};
