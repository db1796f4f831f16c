import { once } from "node:events";
import type { SocketExchange } from "@agent-transports/peers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import { readExchange } from "./read-exchange.ts";

let server: WebSocketServer;
let url: URL;
beforeAll(async () => {
  server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  server.on("connection", (socket) => socket.on("message", () => ["one", "two"].forEach((word) => socket.send(word))));
  const address = server.address();
  url = new URL(`http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`);
});
afterAll(() => {
  for (const socket of server.clients) socket.terminate();
  server.close();
});

const exchange = (read: SocketExchange["read"]): SocketExchange => ({ over: "websocket", url, first: {}, read });
const word = (data: string) => ({ chunks: [{ type: "text-delta", delta: data }], last: data === "two" });

describe("an exchange over a socket", () => {
  it("passes on each chunk, and the cursor for a replay", async () => {
    const seen: (string | undefined)[] = [];
    const handle = await readExchange(
      exchange((data) => ({ ...word(data), ...(data === "one" && { handle: "run 1" }) })),
      ({ delta }) => seen.push(delta),
    );
    expect({ handle, seen }).toEqual({ handle: "run 1", seen: ["one", "two"] });
  });

  it("fails with a message's error, and with an error from the chunk's check", async () => {
    const refused = exchange(() => {
      throw new Error("The agent failed.");
    });
    await expect(readExchange(refused, () => undefined)).rejects.toThrow("The agent failed.");
    const lost = readExchange(exchange(word), () => {
      throw new Error("A token is missing.");
    });
    await expect(lost).rejects.toThrow("A token is missing.");
  });
});
