import type { Ports } from "../run/stage.ts";

/** As many ports as there are lines at once. */
export function sharedPorts(): Ports {
  const free: number[] = [];
  return { take: () => free.shift() ?? 0, giveBack: (port) => void free.push(port) };
}
