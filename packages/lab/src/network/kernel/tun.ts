import { closeSync, constants, openSync } from "node:fs";
import type { Libc } from "./libc.ts";

/** `TUNSETIFF` of linux/if_tun.h. */
const TUNSETIFF = 0x4004_54ca;
/** Packets of IP, with nothing before them. */
const IFF_TUN_NO_PI = 0x0001 | 0x1000;
/** `struct ifreq` of 64-bit Linux: 16 bytes of name, then a union whose first two bytes are flags. */
const IFREQ_BYTES = 40;
const FLAGS_AT = 16;

/**
 * A network device in the namespace in which the calling thread is. What the kernel sends to it is read from the descriptor, and what is written
 * to the descriptor the kernel receives, whichever thread does it. It is gone when the descriptor is closed.
 */
export function openTun(libc: Libc, name: string): number {
  const fd = openSync("/dev/net/tun", constants.O_RDWR | constants.O_NONBLOCK);
  try {
    const request = Buffer.alloc(IFREQ_BYTES);
    request.write(name, "latin1");
    request.writeUInt16LE(IFF_TUN_NO_PI, FLAGS_AT);
    libc.ioctl(fd, TUNSETIFF, request);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}
