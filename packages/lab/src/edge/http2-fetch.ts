import { connect, constants, type ClientHttp2Session, type ClientHttp2Stream, type IncomingHttpHeaders } from "node:http2";
import type { LookupFunction } from "node:net";

/** A `fetch` with connections of its own. */
export interface HttpFetch {
  readonly fetch: typeof fetch;
  /** Cuts them. */
  close(): Promise<void>;
}

/** What is believed of a server: one certificate, in PEM, and where names are. */
export interface Trust {
  readonly ca: string;
  /** Default: the system's. */
  readonly lookup?: LookupFunction;
}

/** Over one HTTP/2 connection, as a browser's: Node's own `fetch` speaks HTTP/1.1. */
export function http2Fetch(origin: URL, trust: Trust): HttpFetch {
  let session: ClientHttp2Session | undefined;
  const connected = (): ClientHttp2Session => {
    if (session === undefined || session.closed || session.destroyed) {
      session = connect(origin, trust);
      // Each of its requests fails with it, and says why.
      session.on("error", () => undefined);
    }
    return session;
  };
  return {
    async fetch(input, init) {
      const request = new Request(input, init);
      const url = new URL(request.url);
      const body = request.body === null ? undefined : Buffer.from(await request.arrayBuffer());
      const stream = connected().request(
        {
          [constants.HTTP2_HEADER_METHOD]: request.method,
          [constants.HTTP2_HEADER_PATH]: `${url.pathname}${url.search}`,
          ...Object.fromEntries(request.headers),
        },
        { endStream: body === undefined, signal: request.signal },
      );
      if (body !== undefined) stream.end(body);
      const headers = await new Promise<IncomingHttpHeaders>((resolve, reject) => {
        stream.once("response", resolve);
        stream.once("error", reject);
        stream.once("close", () => reject(new Error("The HTTP/2 stream was closed before its response.")));
      });
      const status = Number(headers[constants.HTTP2_HEADER_STATUS]);
      const empty = status === 204 || status === 205 || status === 304;
      return new Response(empty ? null : bodyOf(stream), { status, headers: plainHeaders(headers) });
    },
    async close() {
      session?.destroy();
    },
  };
}

/** Reads no faster than its reader. */
function bodyOf(stream: ClientHttp2Stream): ReadableStream<Uint8Array> {
  let ended = false;
  return new ReadableStream({
    start(controller) {
      stream.on("data", (bytes: Buffer) => {
        if (ended) return; // Its reader has gone.
        controller.enqueue(bytes);
        if ((controller.desiredSize ?? 0) <= 0) stream.pause();
      });
      stream.once("end", () => {
        if (ended || stream.aborted) return;
        ended = true;
        controller.close();
      });
      const broken = (error: Error): void => {
        if (ended) return;
        ended = true;
        controller.error(error);
      };
      stream.once("error", broken);
      stream.once("close", () => broken(new Error("The HTTP/2 stream was cut.")));
    },
    pull: () => void stream.resume(),
    cancel() {
      ended = true;
      stream.close(constants.NGHTTP2_CANCEL);
    },
  });
}

function plainHeaders(headers: IncomingHttpHeaders): Headers {
  const plain = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(":") || value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) plain.append(name, one);
  }
  return plain;
}
