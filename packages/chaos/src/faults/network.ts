import { param, type Fault } from "./fault.ts";

export const network: Fault = {
  kind: "network",
  says: "the page is told offline, whether the line is gone or not, and then online",
  when: "later",
  params: (dice) => ({ ms: dice.whole(20, 900), gone: dice.whole(0, 1) }),
  strike({ page, proxy, live, pause }, params) {
    if (!live() || page.tell("offline") === 0) return () => 0;
    const gone = param(params, "gone") === 1;
    if (gone) {
      proxy.refuse(Number.POSITIVE_INFINITY);
      proxy.reset();
    }
    const back = (): void => {
      if (gone) proxy.refuse(0);
      page.tell("online");
    };
    void pause(param(params, "ms")).then(back);
    return () => 1;
  },
};
