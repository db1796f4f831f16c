import { fetchEventSource } from "@microsoft/fetch-event-source";
import { EventSource } from "eventsource";
import { createParser, type EventSourceMessage } from "eventsource-parser";
import { eventsPath } from "../wire.ts";
import { never, textOf, type ClientArm, type ConnectOptions, type OnEvent, type Reading } from "./types.ts";

/** The least that reads an event stream: the parser that `sse-client` and `eventsource` use too, and nothing around it. */
export const parser: ClientArm = {
  id: "parser",
  label: "bare eventsource-parser",
  transport: "sse",
  connect: (options) => ({ open: (run, onEvent) => parse(options, run, ({ id = "" }) => onEvent(id)), close: () => undefined }),
};

export const parserWithJson: ClientArm = {
  id: "parser+JSON",
  label: "eventsource-parser, JSON.parse",
  transport: "sse",
  connect: (options) => ({ open: (run, onEvent) => parse(options, run, ({ data }) => give(data, onEvent)), close: () => undefined }),
};

export const eventsource: ClientArm = {
  id: "eventsource",
  label: "eventsource, JSON.parse",
  transport: "sse",
  connect: ({ url, fetch }) => ({
    open(run, onEvent) {
      const source = new EventSource(new URL(eventsPath(run), url), fetch && { fetch });
      source.onmessage = ({ data }) => void give(String(data), onEvent);
      return { failed: never, close: () => source.close() };
    },
    close: () => undefined,
  }),
};

export const fetchEventSourceArm: ClientArm = {
  id: "fetch-event-source",
  label: "@microsoft/fetch-event-source, JSON.parse",
  transport: "sse",
  connect: ({ url, fetch = globalThis.fetch }) => ({
    open(run, onEvent) {
      standIn();
      const abort = new AbortController();
      const reading = fetchEventSource(new URL(eventsPath(run), url).href, {
        fetch,
        signal: abort.signal,
        openWhenHidden: true,
        onmessage: ({ data }) => {
          // It calls back for comments and `retry:` too, with no data.
          if (data !== "") void give(data, onEvent);
        },
      });
      return { failed: reading.then(() => never), close: () => abort.abort() };
    },
    close: () => undefined,
  }),
};

function give(data: string, onEvent: OnEvent): Promise<void> | undefined {
  const text = textOf(JSON.parse(data));
  return text === undefined ? undefined : onEvent(text);
}

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

/** fetch-event-source is for browsers alone: the few members of `window` and `document` that it touches. */
function standIn(): void {
  Object.assign(globalThis, {
    window: globalThis,
    document: { hidden: false, addEventListener: () => undefined, removeEventListener: () => undefined },
  });
}
