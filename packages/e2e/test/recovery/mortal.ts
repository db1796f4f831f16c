import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TransportClient } from "@agent-transports/client-core";
import { goingOn, replyMarker, startProvider, type ScriptedProvider } from "@agent-transports/lab/provider";
import { portOutsideEphemeral, startWorker, type WorkerHost } from "@agent-transports/lab/worker-host";
import { createSseClient } from "@agent-transports/sse-client";
import { createWsClient } from "@agent-transports/ws-client";

/** How the model's answer is to go on: its provider keeps it, or the model is asked to go on with it. */
export type Way = "replayed" | "continued";

/** A Worker that is killed, and comes back on the same port and storage, and the provider that its answers come from. */
export interface Mortal {
  readonly provider: ScriptedProvider;
  client(transport: "sse" | "ws", name: string): TransportClient;
  readonly url: URL;
  /** SIGKILL, and nothing listens. */
  kill(): Promise<void>;
  revive(): Promise<void>;
  /** The text of the answers to prompts that have this marker, so many words one each `everyMs`. @returns the marker, and the text */
  script(id: string, count: number, everyMs: number): { readonly prompt: string; readonly text: string };
  close(): Promise<void>;
}

export async function startMortal(way: Way, more: Readonly<Record<string, string>> = {}): Promise<Mortal> {
  const provider = await startProvider();
  const storage = await mkdtemp(join(tmpdir(), "mortal-"));
  const vars = {
    OPENAI_API_KEY: "scripted",
    OPENAI_BASE_URL: provider.baseUrl,
    ...(way === "replayed" ? { OPENAI_API: "responses", OPENAI_BACKGROUND: "1" } : { OPENAI_API: "chat" }),
    ...more,
  };
  const options = { vars, persistTo: storage, port: await portOutsideEphemeral() };
  let host: WorkerHost | undefined = await startWorker(options);
  const { url } = host;
  return {
    provider,
    url,
    client: (transport, name) => {
      const options = { url, name, retry: { baseMs: 50, capMs: 500 } };
      return transport === "sse" ? createSseClient(options) : createWsClient(options);
    },
    async kill() {
      host?.kill();
      await host?.dispose();
      host = undefined;
    },
    async revive() {
      host = await startWorker(options);
    },
    script(id, count, everyMs) {
      const words = Array.from({ length: count }, (_, index) => `${id}-${index} `);
      provider.addReply(id, goingOn(words, everyMs));
      return { prompt: replyMarker(id), text: words.join("") };
    },
    async close() {
      await host?.dispose();
      await provider.close();
      await rm(storage, { recursive: true, force: true });
    },
  };
}
