import { param, type Fault } from "./fault.ts";

export const loss: Fault = {
  kind: "loss",
  says: "3 to 40 % of the link's packets are lost for a time, each by itself",
  onLink: true,
  params: (dice) => ({ percent: dice.whole(3, 40), ms: dice.whole(300, 3_000), seed: dice.whole(0, 1e9) }),
  strike({ link, pause, failed }, params) {
    if (link === undefined) return () => 0;
    const ended = pause(param(params, "ms"));
    link.lose(param(params, "percent") / 100, param(params, "seed"), ended).catch(failed);
    return link.lostBy("loss");
  },
};
