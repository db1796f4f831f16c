import { param, type Fault } from "./fault.ts";

export const blackout: Fault = {
  kind: "blackout",
  says: "all packets of the link vanish for a time, and nobody is told",
  onLink: true,
  // A connection survives a short one, and clients give up in a long one.
  params: (dice) => ({ ms: dice.chance(0.5) ? dice.whole(150, 900) : dice.whole(900, 3_000) }),
  strike({ link, failed }, params) {
    if (link === undefined) return () => 0;
    link.blackout(param(params, "ms")).catch(failed);
    return link.lostBy("blackout");
  },
};
