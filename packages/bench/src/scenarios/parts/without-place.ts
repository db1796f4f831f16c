import { bbr, caddy, chromium, cubic, haproxy, network, openssl, type Tool } from "@agent-transports/lab/tools";

/** What a place on a network is made of, beside npm's packages. */
export const placeTools: readonly Tool[] = [network, chromium, haproxy, caddy, openssl, cubic];

/** Why this machine can measure nothing there; `null` where it can. */
export function withoutPlace(): string | null {
  return firstMissing(placeTools);
}

/** The same of one whose sides control TCP with BBR. */
export function withoutPlaceWithBbr(): string | null {
  return firstMissing([...placeTools, bbr]);
}

function firstMissing(tools: readonly Tool[]): string | null {
  return tools.map(({ missing }) => missing()).find((why) => why !== null) ?? null;
}
