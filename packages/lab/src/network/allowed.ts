/** What a network needs of the machine. It imports only Node: `pnpm test` reads it before anything is built. */
import { spawnSync } from "node:child_process";
import { closeSync, constants, existsSync, openSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";

/**
 * `not_linux`, `not_64_bit`: another system. `no_capabilities`: neither root nor root of a user namespace. `no_way_back`: root of a user namespace
 * whose other namespaces are somebody else's, so that a thread which leaves them cannot come back. `no_tun`: `/dev/net/tun` cannot be opened.
 * `no_iproute2`: there is no `ip`, or no `ss`.
 */
export type NetworkMissing = "not_linux" | "not_64_bit" | "no_capabilities" | "no_way_back" | "no_tun" | "no_iproute2";

/** Why this machine allows no network of namespaces, and what would allow it. */
export interface NetworkRefusal {
  readonly code: NetworkMissing;
  readonly message: string;
}

/** What makes a user root of namespaces of its own. The new loopback is down. */
const AS_A_USER = `unshare --user --map-root-user --net --pid --fork --mount-proc sh -c 'ip link set lo up && exec "$@"' sh`;

const TUN_PATH = "/dev/net/tun";
/** Bits of capabilities(7): to set addresses and devices, and to make namespaces. */
const CAP_NET_ADMIN = 12n;
const CAP_SYS_ADMIN = 21n;

/** `null` where it is allowed. */
export function refusalOfNetwork(): NetworkRefusal | null {
  if (process.platform !== "linux") {
    return {
      code: "not_linux",
      message: `A network of namespaces needs Linux, and this is ${process.platform}: run it in a Linux machine or container.`,
    };
  }
  if (process.arch !== "x64" && process.arch !== "arm64") {
    return { code: "not_64_bit", message: `A network of namespaces is written for x64 and arm64, and this is ${process.arch}.` };
  }
  if (!mayMakeNamespaces()) {
    return {
      code: "no_capabilities",
      message: `A network of namespaces needs CAP_SYS_ADMIN and CAP_NET_ADMIN: run it as root, or put this before the command: ${AS_A_USER}. A container needs --privileged.`,
    };
  }
  if (!mayComeBack()) {
    return {
      code: "no_way_back",
      message: `In a user namespace, a network of namespaces needs those of the network and of processes to be of that one, too: put this before the command: ${AS_A_USER}.`,
    };
  }
  const tun = whyNoTun();
  if (tun !== null) return { code: "no_tun", message: tun };
  if (ipPath() === null || ssPath() === null) {
    return {
      code: "no_iproute2",
      message: "A network of namespaces needs the programs ip and ss: install iproute2 (sudo apt-get install -y iproute2).",
    };
  }
  return null;
}

/** The same as one line; `null` where it is allowed. */
export function withoutNetwork(): string | null {
  return refusalOfNetwork()?.message ?? null;
}

/** What sets addresses, devices and routes. */
export function ipPath(): string | null {
  return pathOf("ip");
}

/** What tells of the kernel's sockets. */
export function ssPath(): string | null {
  return pathOf("ss");
}

/** Debian has some programs where a user's PATH does not look. */
function pathOf(program: string): string | null {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path)) ?? null;
}

const CONGESTION_CONTROLS = "/proc/sys/net/ipv4/tcp_available_congestion_control";

/** Those that this kernel has, in whichever namespace; of a system that is not Linux none. */
export function congestionControls(): readonly string[] {
  return !existsSync(CONGESTION_CONTROLS) ? [] : readFileSync(CONGESTION_CONTROLS, "utf8").trim().split(" ");
}

/** Why no side can have this one; `null` where it can. @param there those that the kernel has */
export function withoutCongestionControl(name: string, there: readonly string[] = congestionControls()): string | null {
  return there.includes(name)
    ? null
    : `This kernel has no congestion control ${name} (it has ${there.join(", ") || "none"}): load its module with sudo modprobe tcp_${name}.`;
}

function mayMakeNamespaces(): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
  const bits = BigInt(`0x${effective}`);
  return [CAP_NET_ADMIN, CAP_SYS_ADMIN].every((bit) => ((bits >> bit) & 1n) === 1n);
}

/** A thread that goes to another namespace needs CAP_SYS_ADMIN in the user namespace of the one that it comes back to (setns(2)). */
function mayComeBack(): boolean {
  const maps = readFileSync("/proc/self/uid_map", "utf8").trim().split(/\s+/);
  const isFirstUserNamespace = maps.join(" ") === "0 0 4294967295";
  return isFirstUserNamespace || spawnSync("nsenter", ["--net=/proc/self/ns/net", "--pid=/proc/self/ns/pid", "true"]).status === 0;
}

/** Only opening it tells: its mode says nothing of containers and user namespaces. */
function whyNoTun(): string | null {
  try {
    closeSync(openSync(TUN_PATH, constants.O_RDWR));
    return null;
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return `A network of namespaces needs ${TUN_PATH}, which cannot be opened (${said}): load the module tun, let this user read and write it (sudo chmod a+rw ${TUN_PATH}), or pass it to the container (--device ${TUN_PATH}).`;
  }
}
