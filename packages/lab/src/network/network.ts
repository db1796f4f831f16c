import { closeSync } from "node:fs";
import { refusalOfNetwork } from "./allowed.ts";
import { NetworkError } from "./errors.ts";
import { loadLibc, type Libc } from "./kernel/libc.ts";
import type { Direction, DirectionCounters } from "./kernel/messages.ts";
import { inside, makeHousehold, makeNamespace, mustBeHome } from "./kernel/namespace.ts";
import { startMover } from "./kernel/start-mover.ts";
import { openTun } from "./kernel/tun.ts";
import { checkPath, type BlackoutKind, type Link, type Window } from "./link/index.ts";
import { checkNat, type NatOptions } from "./nat/index.ts";
import { makeSide, type Side, type SideOptions } from "./side.ts";
import { Undo } from "./undo.ts";

export interface NetworkOptions extends Link {
  /** Of all dice of the link. The same seed gives the k-th packet of a direction the same luck. */
  readonly seed: number;
  readonly near?: SideOptions;
  readonly far?: SideOptions;
}

export interface BlackoutOptions {
  readonly packets?: BlackoutKind;
  /** Both, where none is given. */
  readonly direction?: Direction;
}

/** What has happened so far in one direction, by the link's account and by the kernels'. */
export interface NetworkCounters extends DirectionCounters {
  /** Packets lost that no link asked for: a kernel had no room for them, or did not take them. A measurement with one is spoiled. */
  readonly unasked: number;
}

export interface CountersOfBoth extends Readonly<Record<Direction, NetworkCounters>> {
  /** Connections that got another port from the NAT that is there now, because theirs was forgotten. */
  readonly remapped: number;
  /** Packets that came to the near side for an address that it has no longer. */
  readonly toNobody: number;
}

/** Two namespaces and a link between. Nothing leaves them. */
export interface Network extends AsyncDisposable {
  readonly near: Side;
  readonly far: Side;
  counters(): Promise<CountersOfBoth>;
  /**
   * Nothing gets through from now on for so long. Packets are dropped where no kind is given.
   *
   * @returns when, on the clock of `machineNow`
   */
  blackout(lengthMs: number, options?: BlackoutOptions): Promise<Window>;
  /**
   * Another link from now on.
   *
   * @param seed the dice of the given directions begin anew with it, as in a new network; without one they go on where they are
   * @returns from when, on the clock of `machineNow`
   */
  setLink(link: Partial<Link>, seed?: number): Promise<number>;
  /**
   * A NAT stands before the near side from now on, and has seen no connection yet: those of TCP that are open are unknown to it. `null` takes it away,
   * and with it the connections that have another port.
   */
  setNat(nat: NatOptions | null): Promise<void>;
  /**
   * The near side has another address from now on, and the old one is nobody's: its TCP connections hear nothing of it, on neither side, as when a
   * phone goes from Wi-Fi to mobile.
   *
   * @returns the new address
   */
  changeAddress(): string;
  /** Ends what was started inside, and the namespaces. */
  close(): Promise<void>;
}

/** Addresses for tests of networks, which no one has (RFC 2544, appendix C.2.2). */
const NEAR_ADDRESSES = "198.18.0.";
const FAR_ADDRESS = "198.19.0.2";
const FIRST_HOST = 2;
const HOSTS = 250;

/** @throws NetworkError where this machine does not allow one, LinkError for a link that cannot be */
export async function openNetwork(options: NetworkOptions): Promise<Network> {
  const refusal = refusalOfNetwork();
  if (refusal !== null) throw new NetworkError(refusal.code, refusal.message);
  mustBeHome();
  checkPath(options.down, "down");
  checkPath(options.up, "up");
  checkSeed(options.seed);
  const undo = new Undo();
  try {
    return await build(await loadLibc(), options, undo);
  } catch (error) {
    await undo.run();
    throw error;
  }
}

function checkSeed(seed: number): void {
  if (!Number.isInteger(seed)) throw new NetworkError("bad_option", `seed must be a whole number: ${seed} is not.`);
}

async function build(libc: Libc, options: NetworkOptions, undo: Undo): Promise<Network> {
  const descriptor = (fd: number): number => undo.add(fd, closeSync);
  const household = undo.add(await makeHousehold(libc), (one) => one.close());
  const place = (name: string) => ({ name, network: descriptor(makeNamespace(libc)), household: household.fd });
  const places = { near: place("near"), far: place("far") };
  const tun = (name: "near" | "far"): number => descriptor(inside(libc, places[name], () => openTun(libc, name)));
  const [nearTun, farTun] = [tun("near"), tun("far")];
  const wake = descriptor(libc.eventfd());
  const near = makeSide(libc, places.near, "near", `${NEAR_ADDRESSES}${FIRST_HOST}`, options.near ?? {});
  const far = makeSide(libc, places.far, "far", FAR_ADDRESS, options.far ?? {});
  const { down, up, seed } = options;
  const mover = undo.add(await startMover(libc, { nearTun, farTun, wake, paths: { down, up }, seed }), (one) => one.stop());

  let host = FIRST_HOST;
  async function close(): Promise<void> {
    // First the processes, so that none of them sees its network go.
    await household.close();
    await undo.run();
  }
  return {
    near,
    far,
    async counters() {
      const { down, up, remapped } = await mover.ask("counters", null);
      const [atNear, atFar] = [near.device(), far.device()];
      return {
        down: { ...down, unasked: atFar.sentDropped + down.refused + atNear.receivedDropped },
        up: { ...up, unasked: atNear.sentDropped + up.refused + atFar.receivedDropped },
        remapped,
        toNobody: near.toNobody(),
      };
    },
    blackout(lengthMs, { packets = "dropped", direction } = {}) {
      if (!(Number.isFinite(lengthMs) && lengthMs >= 0)) {
        throw new NetworkError("bad_option", `A blackout must last for a number of milliseconds, 0 or more: ${lengthMs} is not.`);
      }
      return mover.ask("blackout", { packets, lengthMs, directions: direction === undefined ? ["down", "up"] : [direction] });
    },
    setLink({ down, up }, seed) {
      if (down !== undefined) checkPath(down, "down");
      if (up !== undefined) checkPath(up, "up");
      if (seed !== undefined) checkSeed(seed);
      return mover.ask("change", { ...(down && { down }), ...(up && { up }), ...(seed !== undefined && { seed }) });
    },
    async setNat(nat) {
      if (nat !== null) checkNat(nat);
      await mover.ask("nat", nat);
    },
    changeAddress() {
      host = host - FIRST_HOST + 1 < HOSTS ? host + 1 : FIRST_HOST;
      near.moveTo(`${NEAR_ADDRESSES}${host}`);
      return near.address;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
