import { never, textOf, type OnEvent, type ReaderClient, type Reading } from "./reader.ts";

interface Socket {
  addEventListener(type: "message", listener: (event: MessageEvent) => void): void;
  close(): void;
}

/** One socket for each run, as it comes: its frames are our protocol's, and nothing is sent. */
export function socketReader(open: () => Socket): ReaderClient {
  return {
    open(_run, onEvent): Reading {
      const socket = open();
      socket.addEventListener("message", ({ data }) => give(JSON.parse(String(data)), onEvent));
      return { failed: never, close: () => socket.close() };
    },
    close: () => undefined,
  };
}

function give(frame: unknown, onEvent: OnEvent): void {
  if (typeof frame !== "object" || frame === null || !("events" in frame) || !Array.isArray(frame.events)) return;
  for (const chunk of frame.events) {
    const text = textOf(chunk);
    if (text !== undefined) void onEvent(text);
  }
}
