import { machineNow, type Reader } from "@agent-transports/lab/readers";
import { DisplayedAnswer } from "./displayed-answer.ts";
import { peerOf } from "./measured-peers.ts";

export interface PeerReaderOptions {
  /** Its id. */
  readonly peer: string;
  readonly url: string;
  readonly agent: string;
  readonly prompt: string;
  readonly tokens: number;
}

/** A peer's client in the process of readers. It asks by itself: not every peer can follow an answer that another began. */
export function openReader({ peer, url, agent, prompt, tokens }: PeerReaderOptions): Reader {
  const client = peerOf(peer).application.connect(new URL(url), agent);
  const shown = new DisplayedAnswer(machineNow);
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
