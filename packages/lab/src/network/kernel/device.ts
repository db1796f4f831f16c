import { readFileSync } from "node:fs";

/** What the kernel itself counts at a device. */
export interface DeviceCounters {
  readonly received: number;
  /** Handed to it, and not taken. */
  readonly receivedDropped: number;
  readonly sent: number;
  /** Those that found no room before the device. */
  readonly sentDropped: number;
}

/** Of a device of the namespace in which the calling thread is. */
export function deviceCounters(name: string): DeviceCounters {
  return parseDevice(readFileSync("/proc/thread-self/net/dev", "utf8"), name);
}

/**
 * Of a `/proc/net/dev`: of what came bytes, packets, errors, drops and four more, and then of what went the same.
 *
 * @throws RangeError where there is no such device
 */
export function parseDevice(text: string, name: string): DeviceCounters {
  const line = text.split("\n").find((one) => one.trimStart().startsWith(`${name}:`));
  if (line === undefined) throw new RangeError(`There is no device ${name} here.`);
  const numbers = line
    .slice(line.indexOf(":") + 1)
    .trim()
    .split(/\s+/)
    .map(Number);
  const [, received = 0, receivedErrors = 0, receivedDrops = 0, , , , , , sent = 0, sentErrors = 0, sentDrops = 0] = numbers;
  return { received, receivedDropped: receivedErrors + receivedDrops, sent, sentDropped: sentErrors + sentDrops };
}

/** Packets that came for an address which nobody here has, where the calling thread is. */
export function countToNobody(): number {
  return parseToNobody(readFileSync("/proc/thread-self/net/snmp", "utf8"));
}

/**
 * Of a `/proc/net/snmp`, which has two lines of each protocol: names, and numbers.
 *
 * @throws RangeError where it does not say
 */
export function parseToNobody(text: string): number {
  const [names, numbers] = text
    .split("\n")
    .filter((line) => line.startsWith("Ip:"))
    .map((line) => line.split(" "));
  const count = Number(numbers?.[names?.indexOf("InAddrErrors") ?? -1]);
  if (!Number.isInteger(count)) throw new RangeError("The kernel does not say how many packets came for nobody's address.");
  return count;
}
