import { caddy, chromium, haproxy, network, openssl, type Tool } from "@agent-transports/lab/tools";

/** What a place on a network is made of, beside npm's packages. */
export const placeTools: readonly Tool[] = [network, chromium, haproxy, caddy, openssl];

/** Why this machine can measure nothing there; `null` where it can. */
export function withoutPlace(): string | null {
  return placeTools.map(({ missing }) => missing()).find((why) => why !== null) ?? null;
}
