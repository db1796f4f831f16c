import { request, type IncomingMessage } from "node:http";
import { chunkIn, type Exchange, type HttpExchange, type SocketExchange } from "@agent-transports/peers";
import { createParser } from "eventsource-parser";
import { WebSocket } from "ws";
import type { PausableReader } from "./pausable-reader.ts";

/** A reader that hangs has failed: nothing waits forever. */
const LIMIT_MS = 300_000;

/** Reads an answer, and leaves its socket unread while the reader stands still: TCP itself holds the sender up. @returns what a replay of it is asked for by */
export function readPausably(exchange: Exchange, reader: PausableReader): Promise<string> {
  return exchange.over === "http" ? readEventStream(exchange, reader) : readSocket(exchange, reader);
}

/** A socket of its own for each request, and its body as it comes. */
export function openResponse({ url, body }: HttpExchange, accept = "text/event-stream"): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { "Accept-Encoding": "identity", "Content-Type": "application/json", Accept: accept };
    const method = body === undefined ? "GET" : "POST";
    const asking = request(url, { method, headers, agent: false, signal: AbortSignal.timeout(LIMIT_MS) }, (response) => {
      if (response.statusCode === 200 || response.statusCode === 201) resolve(response);
      else reject(new Error(`The agent answered ${response.statusCode}.`));
    });
    asking.on("error", reject);
    asking.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

export function handleOf({ handle }: HttpExchange, { headers }: IncomingMessage): string {
  return handle?.((name) => String(headers[name.toLowerCase()] ?? "")) ?? "";
}

async function readEventStream(exchange: HttpExchange, reader: PausableReader): Promise<string> {
  const response = await openResponse(exchange);
  const decoder = new TextDecoder();
  const parser = createParser({
    onEvent({ id, data }) {
      if (id !== undefined && id.includes(".")) reader.identify(id);
      const chunk = chunkIn(data);
      if (chunk !== undefined) reader.see(chunk);
    },
  });
  for await (const bytes of response) {
    parser.feed(decoder.decode(bytes, { stream: true }));
    // Nothing is asked of the response meanwhile: its buffer fills, then the kernel's.
    if (reader.paused) await reader.resumed;
  }
  return handleOf(exchange, response);
}

/** Sends one frame and reads up to the last; what a message is to be answered with is sent. */
function readSocket({ url, first, read }: SocketExchange, reader: PausableReader): Promise<string> {
  return new Promise((resolve, reject) => {
    // No compression: what these events are made of would shrink to nothing, and fit into the kernel's buffers.
    const socket = new WebSocket(url.href.replace("http", "ws"), { perMessageDeflate: false });
    const limit = setTimeout(() => socket.terminate(), LIMIT_MS);
    let handle = "";
    let over = false;
    const fail = (error: unknown): void => {
      reject(error);
      socket.terminate();
    };
    socket.on("open", () => socket.send(JSON.stringify(first)));
    socket.on("message", (data: Buffer) => {
      try {
        const { chunks, ids, answer, last, ...message } = read(data.toString());
        handle = message.handle ?? handle;
        for (const [index, chunk] of chunks.entries()) {
          if (ids?.[index] !== undefined) reader.identify(ids[index]);
          reader.see(chunk);
        }
        if (last) {
          over = true;
          resolve(handle);
          socket.close();
        } else if (answer !== undefined) socket.send(JSON.stringify(answer));
      } catch (error) {
        fail(error);
      }
      if (!reader.paused || socket.isPaused) return;
      socket.pause();
      reader.resumed.then(() => socket.resume(), fail);
    });
    socket.on("error", reject);
    socket.on("close", (code) => {
      clearTimeout(limit);
      if (!over) reject(new Error(`The socket closed with ${code} before the end.`));
    });
  });
}
