import { TransportError, type TransportClient } from "@agent-transports/sse-client";
import { createClient, type Agent, type Transport } from "../follow/clients.ts";
import type { Port } from "../link/link.ts";

/** How one of many answers fares. */
export interface Progress {
  readonly state: "waiting" | "streaming" | "ended" | "failed";
  readonly words: number;
  readonly firstTokenMs?: number;
  /** Why it failed. */
  readonly message?: string;
}

export interface Question {
  readonly prompt: string;
  readonly count: number;
}

/** Asks one question many times at once over one transport, on a client of its own, and tells of each answer as it comes. */
export async function askMany(
  transport: Transport,
  agent: Agent,
  port: Port,
  { prompt, count }: Question,
  tell: (index: number, progress: Progress) => void,
): Promise<void> {
  using client = createClient(transport, agent, port);
  const askedAt = performance.now();
  await Promise.all(Array.from({ length: count }, (_, index) => follow(client, prompt, askedAt, (progress) => tell(index, progress))));
}

async function follow(client: TransportClient, prompt: string, askedAt: number, tell: (progress: Progress) => void): Promise<void> {
  const message = { id: "question", role: "user", parts: [{ type: "text", text: prompt }] } as const;
  let words = 0;
  let firstTokenMs: number | undefined;
  tell({ state: "waiting", words });
  try {
    for await (const { data } of client.start({ messages: [message] })) {
      if (data.type !== "text-delta") continue;
      words += data.delta.match(/\S+/g)?.length ?? 0;
      firstTokenMs ??= performance.now() - askedAt;
      tell({ state: "streaming", words, firstTokenMs });
    }
    tell({ state: "ended", words, ...(firstTokenMs === undefined ? {} : { firstTokenMs }) });
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    tell({ state: "failed", words, message: error.message });
  }
}
