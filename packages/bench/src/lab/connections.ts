import type { FaultProxy } from "@agent-transports/lab/proxy";

/** Ends what is open on these proxies. */
export async function resetConnections(proxies: readonly FaultProxy[]): Promise<void> {
  const open = proxies.flatMap((proxy) => proxy.connections.filter(({ closedAt }) => closedAt === undefined));
  if (open.length === 0) return;
  for (const connection of open) connection.reset();
  // The client's pool hears of it with its own next turns.
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
}
