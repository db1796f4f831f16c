import { Dice } from "../dice/dice.ts";
import { carried, param, type Fault } from "./fault.ts";

/** Several events: one that comes alone is late by less than a machine's own pauses. */
const NOTICED_BYTES = 500;

export const latency: Fault = {
  kind: "latency",
  says: "each chunk is late by up to 50 ms, and by up to 80 ms more at random",
  params: (dice) => ({
    upMs: dice.whole(0, 50),
    downMs: dice.whole(1, 50),
    openMs: dice.whole(0, 60),
    jitterMs: dice.whole(0, 80),
    seed: dice.whole(0, 1e9),
  }),
  strike({ proxy }, params) {
    const dice = new Dice(param(params, "seed"));
    const [upMs, downMs, openMs, jitterMs] = ["upMs", "downMs", "openMs", "jitterMs"].map((name) => param(params, name));
    proxy.setLatency({ upMs: upMs ?? 0, downMs: downMs ?? 0, openMs: openMs ?? 0, jitterMs: jitterMs ?? 0, random: () => dice.next() });
    return carried(proxy, NOTICED_BYTES);
  },
};
