import { parseEventId } from "@agent-transports/protocol";
import { createSseClient, isRunEnd, TransportError, type SseClientOptions, type TransportClient } from "@agent-transports/sse-client";
import { createWsClient, type WsClientOptions } from "@agent-transports/ws-client";

/** What needs nothing but fetch, WebSocket and streams: it compiles in browsers, in Node and in Workers. */
export interface Told {
  readonly transport: string;
  readonly text: string;
  readonly state: string | undefined;
  readonly events: number;
}

export function clients(url: string, name: string): readonly TransportClient[] {
  const sse: SseClientOptions = {
    url,
    name,
    headers: async () => ({ "X-Consumer": name }),
    credentials: "same-origin",
    retry: { maxTries: 3 },
  };
  const ws: WsClientOptions = { url, name, query: () => ({ consumer: name }) };
  return [createSseClient(sse), createWsClient(ws)];
}

export async function tell(client: TransportClient, prompt: string): Promise<Told> {
  const run = client.start({ prompt });
  let text = "";
  let events = 0;
  let state: string | undefined;
  for await (const { id, data } of run) {
    events += 1;
    if (parseEventId(id)?.seq !== events) throw new Error(`Event ${events} has the id ${id}.`);
    if (data.type === "text-delta") text += data.delta;
    if (isRunEnd(data)) state = data.data.state;
  }
  return { transport: client.transport, text, state, events };
}

/** The code with which a run ends that there is not. */
export async function codeOfUnknownRun(client: TransportClient): Promise<string> {
  try {
    for await (const { id } of client.resume("unknown")) return id;
    return "none";
  } catch (error) {
    if (error instanceof TransportError) return error.code;
    throw error;
  }
}
