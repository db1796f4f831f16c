import type { Fault } from "./fault.ts";

export const halfOpen: Fault = {
  kind: "half-open",
  says: "open connections carry nothing more, and nobody is told",
  weight: 0.4,
  when: "later",
  params: () => ({}),
  strike({ proxy, live }) {
    const struck = live() ? proxy.halfOpen().connections : 0;
    return () => Math.min(struck, 1);
  },
};
