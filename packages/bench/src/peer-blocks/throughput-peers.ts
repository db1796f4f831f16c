import { extname } from "node:path";
import { startReaders, type Readers } from "@agent-transports/lab/readers";
import { keptByLab, type LocalLab } from "../lab/lab.ts";
import { steadyReply } from "../scenarios/parts/follow.ts";
import type { PeerPart } from "../scenarios/parts/peer-part.ts";
import type { MeasuredPeer, Measurement } from "../scenarios/parts/scenario.ts";
import { freshEndpoint, type Endpoint } from "./endpoints.ts";
import type { PeerReaderOptions } from "./follow-peer.ts";

/** A burst that is about to be said: what it is measured with, once every reader is there. */
export interface Burst {
  readonly readers: Readers;
  readonly endpoint: Endpoint;
  /** @returns the moment, of `performance.now()` */
  readonly begin: () => number;
}

/** Shorter than a block's limit, so that a block that fails cleans up behind itself. */
const ASKED_WITHIN_MS = 20_000;

/** Not ours' process: what the peers' packages take of memory is then no matter of ours. */
const readersOf = keptByLab(startReaders);

/**
 * @param tokens of a block, shared by its runs
 * @param measure what is measured of a burst of ours too
 */
export function throughputPeers(tokens: number, measure: (burst: Burst) => Promise<Measurement>): PeerPart<number> {
  return {
    groups: { quick: 0, standard: 6, full: 20 },
    async measure(lab, peer, count) {
      const endpoint = await freshEndpoint(lab, peer);
      const readers = await readersOf(lab);
      const begun = Promise.withResolvers<void>();
      const scripts = Array.from({ length: count }, () =>
        lab.script({ ...steadyReply(lab, tokens / count, Infinity), begin: begun.promise }),
      );
      try {
        await Promise.all(
          scripts.map(({ prompt }) =>
            openPeer(readers, { peer: peer.id, url: endpoint.proxy.url.href, agent: agentOf(lab, peer), prompt, tokens: tokens / count }),
          ),
        );
        await askedOf(lab, scripts);
        return await measure({
          readers,
          endpoint,
          begin() {
            begun.resolve();
            return performance.now();
          },
        });
      } finally {
        for (const { id } of scripts) lab.provider.removeReply(id);
        await readers.forget();
      }
    },
  };
}

/** Beside this file, in the sources and in what is built from them. */
const readerModule = new URL(`follow-peer${extname(import.meta.url)}`, import.meta.url).href;

function openPeer(readers: Readers, options: PeerReaderOptions): Promise<void> {
  return readers.open({ module: readerModule, options });
}

function agentOf(lab: LocalLab, { id }: MeasuredPeer): string {
  return `throughput-${id}-${lab.id()}`;
}

/** Until the model has been asked for all of them. @throws Error where it never is */
async function askedOf({ provider }: LocalLab, scripts: readonly { readonly id: string }[]): Promise<void> {
  const giveUpAt = performance.now() + ASKED_WITHIN_MS;
  while (scripts.some(({ id }) => provider.sent(id) === undefined)) {
    if (performance.now() > giveUpAt) throw new Error(`The model was not asked within ${ASKED_WITHIN_MS / 1000} s.`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
