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

/**
 * Fades: times in which nothing arrives, however many packets there are. How long one is, and how long it is until the next, are exponential:
 * Gilbert's model with a clock in place of a count. A sparse stream loses one packet of a fade, a dense one loses many, and a retransmission some
 * time later is not lost with them.
 */
export interface FadeLoss {
  readonly kind: "fades";
  /** Of all time, in the long run. */
  readonly share: number;
  /** How long a fade is on average. */
  readonly meanMs: number;
}

export type Loss = IndependentLoss | BurstLoss | FadeLoss;

/** Gilbert's model from what people measure: the share of all packets that is lost, and how many are lost in a row on average. */
export function bursts(share: number, meanPackets: number): BurstLoss {
  const leave = 1 / meanPackets;
  return { kind: "bursts", enter: (share * leave) / (1 - share), leave, lossInGood: 0, lossInBad: 1 };
}

const LIGHT_METRES_PER_SECOND = 299_792_458;

/**
 * The fades of a radio whose signal comes by many ways (Rayleigh's fading, Clarke's model): where the signal is too weak for this share of all
 * time, how long each such time is on average (T. S. Rappaport, "Wireless Communications", 2nd ed., section 5.7.3: average fade duration).
 *
 * @param metresPerSecond how fast the one who holds it, or what is around, moves
 */
export function rayleighFades(share: number, metresPerSecond: number, hertz: number): FadeLoss {
  const power = -Math.log(1 - share);
  const dopplerHertz = (metresPerSecond * hertz) / LIGHT_METRES_PER_SECOND;
  return { kind: "fades", share, meanMs: (1_000 * Math.expm1(power)) / (Math.sqrt(power) * dopplerHertz * Math.sqrt(2 * Math.PI)) };
}

/** The share of all packets that a model loses in the long run. */
export function lossShare(loss: Loss): number {
  if (loss.kind !== "bursts") return loss.share;
  const bad = badShare(loss);
  return (1 - bad) * loss.lossInGood + bad * loss.lossInBad;
}

function badShare({ enter, leave }: BurstLoss): number {
  return enter + leave === 0 ? 0 : enter / (enter + leave);
}

/**
 * Throws the dice of a packet, and tells by them when it is lost: of the moment at which its last byte leaves, which may still change.
 *
 * @param index each packet in turn, from the first on
 */
export type LossOfPacket = (index: number) => (leavesAt: number) => boolean;

/** @param startMs when the link begins: its fades are counted from there */
export function lossOf(loss: Loss | undefined, seed: number, startMs: number): LossOfPacket {
  if (loss === undefined) return () => never;
  const luck = dice(seed, "loss");
  if (loss.kind === "independent") return (index) => (luck(index) < loss.share ? always : never);
  const change = dice(seed, "burst");
  if (loss.kind === "fades") {
    const fades = fadesOf(loss, change);
    const isLost = (leavesAt: number): boolean => fades(leavesAt - startMs);
    return () => isLost;
  }
  // Before the first packet it is as bad as in the long run, so that a short run has no other loss than a long one.
  let bad: boolean | undefined;
  return (index) => {
    const drawn = change(index);
    if (bad === undefined) bad = drawn < badShare(loss);
    else bad = bad ? drawn >= loss.leave : drawn < loss.enter;
    return luck(index) < (bad ? loss.lossInBad : loss.lossInGood) ? always : never;
  };
}

const always = (): boolean => true;
const never = (): boolean => false;

/** @param drawn uniform numbers by their index @returns whether a moment is in a fade, of ms from the link's start */
function fadesOf({ share, meanMs }: FadeLoss, drawn: (index: number) => number): (ms: number) => boolean {
  if (share === 0) return never;
  if (share === 1) return always;
  const meanGoodMs = (meanMs * (1 - share)) / share;
  // At the start it is as bad as in the long run; an exponential time has no memory of when it began.
  const startsBad = drawn(0) < share;
  /** Where each time, good or bad in turn, ends. */
  const endsAt: number[] = [];
  const isBad = (index: number): boolean => startsBad === (index % 2 === 0);
  return (ms) => {
    for (let last = endsAt.at(-1) ?? 0; last <= ms; last = endsAt.at(-1) ?? Infinity) {
      const index = endsAt.length;
      endsAt.push(last - Math.log(1 - drawn(index + 1)) * (isBad(index) ? meanMs : meanGoodMs));
    }
    // Packets leave in order, so the time that is asked for is among the last ones.
    let index = endsAt.length - 1;
    while (index > 0 && (endsAt[index - 1] ?? 0) > ms) index -= 1;
    return isBad(index);
  };
}
