import { gzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";
import { packageRoot as peersRoot, type PeerWith } from "@agent-transports/peers";
import { agentClient } from "@agent-transports/peers/agent-client";
import { eventsource } from "@agent-transports/peers/eventsource";
import { fetchEventSource } from "@agent-transports/peers/fetch-event-source";
import { partysocket } from "@agent-transports/peers/partysocket";
import { build } from "esbuild";
import type { Figures } from "./job.ts";

/** What is bundled, as an application would import it. */
export interface SizeArm {
  readonly id: string;
  readonly label: string;
  readonly source: string;
  /** The folder of the package that has it among its dependencies. */
  readonly from: string;
}

const benchRoot = fileURLToPath(new URL("../..", import.meta.url));

/** In the order of the table, which has a ratio to each. */
export const sizePeers: readonly PeerWith<"bundle">[] = [eventsource, fetchEventSource, partysocket, agentClient];

export const sizeArms: readonly SizeArm[] = [
  ...sizePeers.map(ofPeer),
  ourSmall("ours-sse-core", "sse-client/core", "createSseClient"),
  ours("ours-sse", "sse-client"),
  ours("ours-sse-ai", "sse-client/ai"),
  ourSmall("ours-ws-core", "ws-client/core", "createWsClient"),
  ours("ours-ws", "ws-client"),
  ours("ours-ws-ai", "ws-client/ai"),
];

function ofPeer({ id, label, bundle }: PeerWith<"bundle">): SizeArm {
  return { id, label: bundle.label ?? label, source: bundle.source, from: peersRoot };
}

function ours(id: string, label: string): SizeArm {
  return { id, label, source: `export * from "@agent-transports/${label}"`, from: benchRoot };
}

/** A program that starts a run, follows it and resumes it, and nothing more. */
function ourSmall(id: string, label: string, create: string): SizeArm {
  const source = `
    import { ${create} } from "@agent-transports/${label}";
    const client = ${create}({ url: "https://agent.example" });
    const run = client.start({ prompt: "Hello" });
    for await (const { data } of run) console.log(data);
    for await (const { data } of client.resume(run.id, { after: run.lastEventId })) console.log(data);`;
  return { id, label, source, from: benchRoot };
}

/** @returns `minBytes` and `gzipBytes` of everything that it needs, as one module for browsers */
export async function measureSize({ source, id, from }: SizeArm): Promise<Figures> {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: from },
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
