import ReconnectingWebSocket from "partysocket/ws";
import { BASE_PATH } from "../wire.ts";
import { never, textOf, type ArmClient, type ClientArm, type OnEvent, type Reading } from "./types.ts";

/** Node's own. */
export const webSocket: ClientArm = {
  id: "WebSocket",
  label: "bare WebSocket, JSON.parse",
  transport: "ws",
  connect: ({ url }) => sockets(() => new WebSocket(socketUrl(url))),
};

export const partysocket: ClientArm = {
  id: "partysocket",
  label: "partysocket, JSON.parse",
  transport: "ws",
  connect: ({ url }) => sockets(() => new ReconnectingWebSocket(socketUrl(url))),
};

interface Socket {
  addEventListener(type: "message", listener: (event: MessageEvent) => void): void;
  close(): void;
}

/** One socket for each run, as it comes. */
export function sockets(open: () => Socket): ArmClient {
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

function socketUrl(url: URL): string {
  return `ws://${url.host}${BASE_PATH}`;
}
