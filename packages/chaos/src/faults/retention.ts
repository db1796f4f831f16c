import type { Fault } from "./fault.ts";

export const retention: Fault = {
  kind: "retention",
  says: "the line is gone until the run has ended and its events were deleted: its reader is told so",
  weight: 0.5,
  when: "later",
  notWithKills: true,
  params: () => ({}),
  strike({ proxy, live, expired, failed }) {
    if (!live()) return () => 0;
    proxy.refuse(Number.POSITIVE_INFINITY);
    const struck = proxy.reset().connections;
    void expired()
      .catch(failed)
      .finally(() => proxy.refuse(0));
    return () => Math.min(struck, 1);
  },
};
