import { createParser, type EventSourceMessage } from "eventsource-parser";
import type { PeerWith } from "../peer.ts";
import { eventsPath, giveText, type ConnectOptions, type Reading } from "../reader.ts";

/** The least that reads an event stream: the parser that `sse-client` and `eventsource` use too, and nothing around it. */
export const parser: PeerWith<"reader"> = {
  id: "parser",
  label: "bare eventsource-parser",
  transport: "sse",
  reader: {
    connect: (options) => ({ open: (run, onEvent) => parse(options, run, ({ id = "" }) => onEvent(id)), close: () => undefined }),
  },
};

export const parserWithJson: PeerWith<"reader"> = {
  id: "parser+JSON",
  label: "eventsource-parser, JSON.parse",
  transport: "sse",
  reader: {
    connect: (options) => ({ open: (run, onEvent) => parse(options, run, ({ data }) => giveText(data, onEvent)), close: () => undefined }),
  },
};

function parse(
  { url, fetch = globalThis.fetch }: ConnectOptions,
  run: string,
  onMessage: (message: EventSourceMessage) => Promise<void> | undefined,
): Reading {
  const abort = new AbortController();
  let waiting: Promise<void> | undefined;
  const read = async (): Promise<void> => {
    const { body } = await fetch(new URL(eventsPath(run), url), { signal: abort.signal });
    if (body === null) throw new Error("The answer has no body.");
    const parser = createParser({ onEvent: (message) => void (waiting = onMessage(message)) });
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    const reader = body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      parser.feed(decoder.decode(value, { stream: true }));
      if (waiting !== undefined) await waiting;
    }
  };
  const failed = new Promise<never>((_, reject) => {
    read().catch((error: unknown) => {
      if (!abort.signal.aborted) reject(error);
    });
  });
  return { failed, close: () => abort.abort() };
}
