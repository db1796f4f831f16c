import type { Run, TransportClient } from "@agent-transports/client-core";
import type { OnEvent, ReaderClient, Reading } from "@agent-transports/peers";
import { createSseClient } from "@agent-transports/sse-client";
import { createWsClient } from "@agent-transports/ws-client";
import type { ReaderArm } from "./reader-arm.ts";

export const ourSse: ReaderArm = {
  id: "ours-sse",
  label: "sse-client",
  transport: "sse",
  connect: ({ url, fetch }) => ours(createSseClient({ url, ...(fetch && { fetch }) }), readEvents),
};

export const ourSseInBatches: ReaderArm = {
  id: "ours-sse-batches",
  label: "sse-client, run.batches()",
  transport: "sse",
  connect: ({ url, fetch }) => ours(createSseClient({ url, ...(fetch && { fetch }) }), readBatches),
};

export const ourWs: ReaderArm = {
  id: "ours-ws",
  label: "ws-client",
  transport: "ws",
  connect: ({ url }) => ours(createWsClient({ url }), readEvents),
};

export const ourWsInBatches: ReaderArm = {
  id: "ours-ws-batches",
  label: "ws-client, run.batches()",
  transport: "ws",
  connect: ({ url }) => ours(createWsClient({ url }), readBatches),
};

type Read = (run: Run, onEvent: OnEvent) => Promise<void>;

function ours(client: TransportClient, read: Read): ReaderClient {
  return { open: (id, onEvent) => follow(client.resume(id), onEvent, read), close: () => client.close() };
}

async function readEvents(run: Run, onEvent: OnEvent): Promise<void> {
  for await (const { data } of run) {
    if (data.type !== "text-delta") continue;
    const taken = onEvent(data.delta);
    if (taken !== undefined) await taken;
  }
}

async function readBatches(run: Run, onEvent: OnEvent): Promise<void> {
  for await (const events of run.batches()) {
    for (const { data } of events) {
      if (data.type !== "text-delta") continue;
      const taken = onEvent(data.delta);
      if (taken !== undefined) await taken;
    }
  }
}

function follow(run: Run, onEvent: OnEvent, read: Read): Reading {
  let closed = false;
  const failed = new Promise<never>((_, reject) => {
    read(run, onEvent).catch((error: unknown) => {
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
