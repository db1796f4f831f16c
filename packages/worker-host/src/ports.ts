import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { HostError } from "./errors.ts";

const EPHEMERAL_RANGE = "/proc/sys/net/ipv4/ip_local_port_range";
/** Linux's own. Systems that do not say it there begin above it. */
const FIRST_EPHEMERAL = 32_768;
/** Behind the last port that browsers and `fetch` refuse, 10080. With five digits, as an ephemeral one has: it is in the bytes of each request. */
const FIRST = 10_081;
const ALL = 65_536;
const DRAWS = 20;

/**
 * A free port for what comes back on it: one that the kernel gives to nobody who asks for any, while it is away. Where the kernel's range begins
 * below these ports, it is any of them.
 */
export async function portOutsideEphemeral(): Promise<number> {
  const first = firstEphemeral();
  const end = first > FIRST ? first : ALL;
  for (let draw = 1; ; draw++) {
    const port = FIRST + Math.floor(Math.random() * (end - FIRST));
    try {
      await assertFree(port);
      return port;
    } catch (error) {
      if (!(error instanceof HostError && error.code === "port_in_use" && draw < DRAWS)) throw error;
    }
  }
}

/** In the network namespace of this thread, which has a range of its own: another thread would read another one's. */
function firstEphemeral(): number {
  try {
    const first = /^\d+/.exec(readFileSync(EPHEMERAL_RANGE, "utf8"))?.[0];
    return first === undefined ? FIRST_EPHEMERAL : Number(first);
  } catch {
    return FIRST_EPHEMERAL;
  }
}

/** workerd says only that it failed; asking the kernel first says why. */
export function assertFree(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", (error: NodeJS.ErrnoException) => {
      reject(
        error.code === "EADDRINUSE"
          ? new HostError("port_in_use", `Port ${port} is in use. Choose another, or leave it out for any free one.`, error)
          : new HostError("start_failed", `Port ${port} cannot be listened on: ${error.message}.`, error),
      );
    });
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve()));
  });
}
