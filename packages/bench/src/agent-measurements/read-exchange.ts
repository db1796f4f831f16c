import { chunkIn, type Chunk, type Exchange, type HttpExchange, type SocketExchange } from "@agent-transports/peers";
import { createParser } from "eventsource-parser";
import { WebSocket } from "ws";

/** A client that hangs has failed: nothing waits forever. */
const LIMIT_MS = 300_000;
/** A compressed answer is held back on its way; not every peer says that it wants none. */
const PLAIN = { "Accept-Encoding": "identity" };

type OnChunk = (chunk: Chunk, at: number) => void;

/** Reads an answer as fast as it comes. @returns what a replay of it is asked for by */
export function readExchange(exchange: Exchange, onChunk: OnChunk): Promise<string> {
  return exchange.over === "http" ? readEventStream(exchange, onChunk) : readSocket(exchange, onChunk);
}

async function readEventStream({ url, body, handle }: HttpExchange, onChunk: OnChunk): Promise<string> {
  const signal = AbortSignal.timeout(LIMIT_MS);
  const posted = { method: "POST", headers: { ...PLAIN, "Content-Type": "application/json", Accept: "text/event-stream" } };
  const response = await (body === undefined
    ? fetch(url, { headers: PLAIN, signal })
    : fetch(url, { ...posted, body: JSON.stringify(body), signal }));
  if (!response.ok || response.body === null) throw new Error(`The agent answered ${response.status}: ${await response.text()}`);
  const parser = createParser({
    onEvent({ data }) {
      const at = performance.now();
      const chunk = chunkIn(data);
      if (chunk !== undefined) onChunk(chunk, at);
    },
  });
  const decoder = new TextDecoder();
  for await (const bytes of response.body) parser.feed(decoder.decode(bytes, { stream: true }));
  return handle?.((name) => response.headers.get(name) ?? "") ?? "";
}

/** Opens a socket, sends one frame, and reads up to the last. */
function readSocket({ url, first, read }: SocketExchange, onChunk: OnChunk): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url.href.replace("http", "ws"));
    const limit = setTimeout(() => socket.terminate(), LIMIT_MS);
    let handle = "";
    let over = false;
    const fail = (error: unknown): void => {
      reject(error);
      socket.terminate();
    };
    socket.on("open", () => socket.send(JSON.stringify(first)));
    socket.on("message", (data: Buffer) => {
      const at = performance.now();
      try {
        const message = read(data.toString());
        handle = message.handle ?? handle;
        for (const chunk of message.chunks) onChunk(chunk, at);
        if (!message.last) return;
        over = true;
        resolve(handle);
        socket.close();
      } catch (error) {
        fail(error);
      }
    });
    socket.on("error", reject);
    socket.on("close", (code) => {
      clearTimeout(limit);
      if (!over) reject(new Error(`The socket closed with ${code} before the end.`));
    });
  });
}
