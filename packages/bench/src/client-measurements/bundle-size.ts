import { gzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Figures } from "./job.ts";

/** What is bundled, as an application would import it. */
export interface SizeArm {
  readonly id: string;
  readonly label: string;
  readonly source: string;
}

export const sizeArms: readonly SizeArm[] = [
  { id: "eventsource", label: "eventsource", source: 'export { EventSource } from "eventsource"' },
  {
    id: "fetch-event-source",
    label: "@microsoft/fetch-event-source",
    source: 'export { fetchEventSource } from "@microsoft/fetch-event-source"',
  },
  { id: "partysocket", label: "partysocket/ws", source: 'export { default } from "partysocket/ws"' },
  { id: "AgentClient", label: "AgentClient (agents/client)", source: 'export { AgentClient } from "agents/client"' },
  { id: "ours-sse", label: "sse-client", source: 'export * from "@agent-transports/sse-client"' },
  { id: "ours-sse-ai", label: "sse-client/ai", source: 'export * from "@agent-transports/sse-client/ai"' },
  { id: "ours-ws", label: "ws-client", source: 'export * from "@agent-transports/ws-client"' },
  { id: "ours-ws-ai", label: "ws-client/ai", source: 'export * from "@agent-transports/ws-client/ai"' },
];

const packageRoot = fileURLToPath(new URL("../..", import.meta.url));

/** @returns `minBytes` and `gzipBytes` of everything that it needs, as one module for browsers */
export async function measureSize({ source, id }: SizeArm): Promise<Figures> {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: packageRoot },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "browser",
    target: "esnext",
    logLevel: "silent",
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error(`${id}: esbuild wrote nothing.`);
  return { minBytes: file.contents.length, gzipBytes: gzipSync(file.contents, { level: 9 }).length };
}
