import type { Fault } from "./fault.ts";

export const moved: Fault = {
  kind: "moved",
  says: "the page is told that it is on another kind of network, and what is open carries nothing more",
  weight: 0.4,
  when: "later",
  params: () => ({}),
  strike({ page, proxy, live }) {
    if (!live() || page.listensToNetwork === 0) return () => 0;
    const { connections } = proxy.halfOpen();
    page.move();
    return () => Math.min(connections, 1);
  },
};
