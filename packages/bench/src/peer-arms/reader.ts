import { machineNow } from "../crowd/clock.ts";
import type { PeerReaderOptions, Reading } from "../crowd/messages.ts";
import { peerOf } from "./index.ts";
import { Shown } from "./shown.ts";

/** A peer's client in the process of readers. It asks by itself: not every peer can follow an answer that another began. */
export function followPeer({ peer, url, agent, prompt, tokens }: PeerReaderOptions): {
  readonly opened: Promise<void>;
  readonly ended: Promise<void>;
  reading(): Reading;
  close(): void;
} {
  const client = peerOf(peer).connect(new URL(url), agent);
  const shown = new Shown(machineNow);
  const { opened, ended } = client.ask(prompt, shown);
  return {
    opened,
    ended,
    reading: () => ({
      run: agent,
      eventAt: shown.events.map(({ at }) => at),
      tokenAt: shown.tokenAt,
      states: shown.states,
      end: "finished",
      integrity: shown.result(tokens),
    }),
    close: () => client.close(),
  };
}
