import type { Run, TransportClient } from "@agent-transports/client-core";
import type { OnEvent, ReaderClient, Reading } from "@agent-transports/peers";
import { createSseClient } from "@agent-transports/sse-client";
import { createWsClient } from "@agent-transports/ws-client";
import type { ReaderArm } from "./reader-arm.ts";

export const ourSse: ReaderArm = {
  id: "ours-sse",
  label: "sse-client",
  transport: "sse",
  connect: ({ url, fetch }) => ours(createSseClient({ url, ...(fetch && { fetch }) })),
};

export const ourWs: ReaderArm = {
  id: "ours-ws",
  label: "ws-client",
  transport: "ws",
  connect: ({ url }) => ours(createWsClient({ url })),
};

function ours(client: TransportClient): ReaderClient {
  return { open: (id, onEvent) => follow(client.resume(id), onEvent), close: () => client.close() };
}

function follow(run: Run, onEvent: OnEvent): Reading {
  let closed = false;
  const read = async (): Promise<void> => {
    for await (const { data } of run) {
      if (data.type !== "text-delta") continue;
      const taken = onEvent(data.delta);
      if (taken !== undefined) await taken;
    }
  };
  const failed = new Promise<never>((_, reject) => {
    read().catch((error: unknown) => {
      if (!closed) reject(error);
    });
  });
  return {
    failed,
    close() {
      closed = true;
      run.close();
    },
  };
}
