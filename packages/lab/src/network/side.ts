import { readFileSync, writeFileSync } from "node:fs";
import { congestionControls, withoutCongestionControl } from "./allowed.ts";
import { NetworkError } from "./errors.ts";
import { tcpConnections, type TcpConnection } from "./kernel/connections.ts";
import { countToNobody, deviceCounters, type DeviceCounters } from "./kernel/device.ts";
import { configure } from "./kernel/ip.ts";
import type { Libc } from "./kernel/libc.ts";
import { during, inside, type Place } from "./kernel/namespace.ts";

/** How the kernel of a side does TCP. What is left out is the machine's own. */
export interface SideOptions {
  /** One that the kernel has: `cubic`, `bbr`, `reno`. */
  readonly congestionControl?: string;
  /** In segments, of what a side sends and of what it lets the other send before the first acknowledgement. Linux has 10 (RFC 6928). */
  readonly initialWindow?: number;
}

/** How the kernel of a side does TCP with the other side. */
export interface SideSettings {
  readonly congestionControl: string;
  readonly availableCongestionControls: readonly string[];
  readonly initialWindow: number;
  /** Whether a connection starts slowly again after a pause, which think times are (RFC 5681 §4.1). */
  readonly slowStartAfterIdle: boolean;
}

/** One of the two namespaces. */
export interface Side {
  readonly name: "near" | "far";
  /** The address by which the other side reaches it now. Its own loopback is 127.0.0.1. */
  readonly address: string;
  /** Runs a function there that is over when it returns: `server.listen(port)`, `spawn`. */
  inside<T>(run: () => T): T;
  /** Moves this thread there until the promise is settled: everything else that it does meanwhile is there too. */
  during<T>(run: () => Promise<T>): Promise<T>;
  settings(): SideSettings;
  /**
   * For connections that are made from now on; `null` is Linux's own, of 10 segments.
   *
   * @throws NetworkError `bad_option`
   */
  setInitialWindow(segments: number | null): void;
  /**
   * For connections that are made from now on; `null` is the machine's own.
   *
   * @throws NetworkError `bad_option`
   */
  setCongestionControl(name: string | null): void;
  /** Those that are established with the other side now. */
  connections(): readonly TcpConnection[];
  device(): DeviceCounters;
}

/** The settings of the kernel of a namespace are those of the thread that reads the file. */
const SYSCTL = "/proc/sys/net";
/** Its own default, in segments (RFC 6928). */
const INITIAL_WINDOW = 10;
/** A TUN device drops what does not find room in this queue. The mover is away for no more than some ms. */
const QUEUE_PACKETS = 10_000;
const MTU = 1_500;

export function makeSide(libc: Libc, place: Place, device: string, first: string, options: SideOptions): SideControl {
  let address = first;
  let tcp = options;
  const run = <T>(act: () => T): T => inside(libc, place, act);
  const change = (next: SideOptions): void => {
    run(() => configure([`route replace ${routeOf(device, next)}`]));
    tcp = next;
  };
  run(() => {
    // Before the device is up, so that no packet is sent but those of tests: IPv6 looks for routers.
    for (const which of ["all", "default"]) writeIfThere(`ipv6/conf/${which}/disable_ipv6`, "1");
    // What one connection learnt of the link would change the next one, and blocks would depend on their order.
    writeFileSync(`${SYSCTL}/ipv4/tcp_no_metrics_save`, "1");
    configure([
      "link set dev lo up",
      `link set dev ${device} mtu ${MTU} txqueuelen ${QUEUE_PACKETS} up`,
      `address add ${address}/32 dev ${device}`,
      `route add ${routeOf(device, options)}`,
    ]);
  });
  return {
    name: device === "near" ? "near" : "far",
    get address() {
      return address;
    },
    inside: run,
    during: (act) => during(libc, place, act),
    settings: () =>
      run(() => ({
        congestionControl: tcp.congestionControl ?? read("ipv4/tcp_congestion_control"),
        availableCongestionControls: congestionControls(),
        initialWindow: tcp.initialWindow ?? INITIAL_WINDOW,
        slowStartAfterIdle: read("ipv4/tcp_slow_start_after_idle") === "1",
      })),
    setInitialWindow(segments) {
      const { initialWindow: _before, ...rest } = tcp;
      change({ ...rest, ...(segments !== null && { initialWindow: segments }) });
    },
    setCongestionControl(name) {
      const { congestionControl: _before, ...rest } = tcp;
      change({ ...rest, ...(name !== null && { congestionControl: name }) });
    },
    connections: () => run(() => tcpConnections(congestionControls())),
    device: () => run(() => deviceCounters(device)),
    toNobody: () => run(countToNobody),
    moveTo(next) {
      // The route stays, because the device has an address all the time.
      run(() => configure([`address add ${next}/32 dev ${device}`, `address delete ${address}/32 dev ${device}`]));
      address = next;
    },
  };
}

/** A side, for whoever made it. */
export interface SideControl extends Side {
  moveTo(address: string): void;
  /** Packets that came for an address that is nobody's here. */
  toNobody(): number;
}

function read(path: string): string {
  return readFileSync(`${SYSCTL}/${path}`, "utf8").trim();
}

/**
 * Both belong to the route, and so to all connections with the other side. The setting of a namespace's congestion control would allow only those
 * that the whole machine has in `tcp_allowed_congestion_control`.
 */
function routeOf(device: string, { congestionControl, initialWindow }: SideOptions): string {
  const words = ["default dev", device];
  if (initialWindow !== undefined) {
    if (!Number.isInteger(initialWindow) || initialWindow < 1) {
      throw new NetworkError("bad_option", `initialWindow must be a whole number of segments, 1 or more: ${initialWindow} is not.`);
    }
    words.push(`initcwnd ${initialWindow} initrwnd ${initialWindow}`);
  }
  if (congestionControl !== undefined) {
    const why = withoutCongestionControl(congestionControl);
    if (why !== null) throw new NetworkError("bad_option", why);
    words.push(`congctl ${congestionControl}`);
  }
  return words.join(" ");
}

/** A kernel may have been built without IPv6. */
function writeIfThere(path: string, text: string): void {
  try {
    writeFileSync(`${SYSCTL}/${path}`, text);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
}
