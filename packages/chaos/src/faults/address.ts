import { param, type Fault } from "./fault.ts";

export const address: Fault = {
  kind: "address",
  says: "the clients have another address, or a NAT before them forgets: open connections are dead, and nobody is told",
  onLink: true,
  strikesWhoComesBack: true,
  when: "later",
  params: (dice) => ({ forgets: dice.whole(0, 1) }),
  strike({ link, live, failed }, params) {
    if (link === undefined || !live()) return () => 0;
    if (param(params, "forgets") === 1) link.forget().catch(failed);
    else link.move();
    return link.lostBy("address");
  },
};
