import { dice } from "./dice.ts";

/** A share of packets, each by itself. */
export interface IndependentLoss {
  readonly kind: "independent";
  readonly share: number;
}

/**
 * The model of Gilbert and Elliott: the link is good or bad, and each packet may change that. E. N. Gilbert, "Capacity of a Burst-Noise Channel",
 * Bell System Technical Journal 39 (1960); E. O. Elliott, "Estimates of Error Rates for Codes on Burst-Noise Channels", 42 (1963).
 */
export interface BurstLoss {
  readonly kind: "bursts";
  /** Of packets in the good state, those before which it turns bad. */
  readonly enter: number;
  /** Of packets in the bad state, those before which it turns good. */
  readonly leave: number;
  readonly lossInGood: number;
  readonly lossInBad: number;
}

export type Loss = IndependentLoss | BurstLoss;

/** Gilbert's model from what people measure: the share of all packets that is lost, and how many are lost in a row on average. */
export function bursts(share: number, meanPackets: number): BurstLoss {
  const leave = 1 / meanPackets;
  return { kind: "bursts", enter: (share * leave) / (1 - share), leave, lossInGood: 0, lossInBad: 1 };
}

/** The share of all packets that a model loses in the long run. */
export function lossShare(loss: Loss): number {
  if (loss.kind === "independent") return loss.share;
  const bad = badShare(loss);
  return (1 - bad) * loss.lossInGood + bad * loss.lossInBad;
}

function badShare({ enter, leave }: BurstLoss): number {
  return enter + leave === 0 ? 0 : enter / (enter + leave);
}

/** Tells of each packet in turn, from the first on, whether it is lost. */
export function lossOf(loss: Loss | undefined, seed: number): (index: number) => boolean {
  if (loss === undefined) return () => false;
  const luck = dice(seed, "loss");
  if (loss.kind === "independent") return (index) => luck(index) < loss.share;
  const change = dice(seed, "burst");
  // Before the first packet it is as bad as in the long run, so that a short run has no other loss than a long one.
  let bad: boolean | undefined;
  return (index) => {
    const drawn = change(index);
    if (bad === undefined) bad = drawn < badShare(loss);
    else bad = bad ? drawn >= loss.leave : drawn < loss.enter;
    return luck(index) < (bad ? loss.lossInBad : loss.lossInGood);
  };
}
