/** A reader of one run that is as cheap as it can be, in the process of readers: with thousands of them the Worker is to be the busier one. */
import { request } from "node:http";
import { IntegrityChecker } from "@agent-transports/lab/integrity";
import { tokenIndices } from "@agent-transports/lab/provider";
import { machineNow, type OpenReader, type Reading } from "@agent-transports/lab/readers";
import type { RunEvent } from "@agent-transports/client-core";
import { isRunEnd } from "@agent-transports/protocol";
import { createParser } from "eventsource-parser";
import { WebSocket } from "ws";

export interface BareReaderOptions {
  readonly transport: "sse" | "ws";
  /** The agent's URL. */
  readonly agent: string;
  readonly run: string;
  /** Tokens that the model says. */
  readonly tokens: number;
  /** Whether it offers permessage-deflate. */
  readonly compressed: boolean;
}

/** Nothing is said for long while thousands open: no server shall take a reader for gone. */
const HEARTBEAT_MS = 60_000;
const PING_MS = 20_000;

/** What came, and when. It is parsed when all is over. */
interface Piece {
  readonly at: number;
  readonly data: Buffer;
}

/** What follows a run, without parsing it more than it must. */
interface Line {
  readonly opened: Promise<void>;
  readonly ended: Promise<void>;
  readonly pieces: readonly Piece[];
  /** Of all pieces, in order. */
  events(pieces: readonly Piece[]): readonly { readonly event: RunEvent; readonly at: number }[];
  close(): void;
}

export const openReader: OpenReader<BareReaderOptions> = (options) => {
  const line = options.transport === "sse" ? eventStream(options) : socket(options);
  return {
    opened: line.opened,
    ended: line.ended,
    reading: () => readingOf(options, line),
    close: () => line.close(),
  };
};

function readingOf({ run, tokens }: BareReaderOptions, line: Line): Reading {
  const checker = new IntegrityChecker();
  const tokenAt: number[] = [];
  const eventAt: number[] = [];
  let end = "not ended";
  for (const { event, at } of line.events(line.pieces)) {
    checker.see(event);
    eventAt.push(at);
    if (isRunEnd(event.data)) end = event.data.data.state;
    if (event.data.type !== "text-delta" || typeof event.data.delta !== "string") continue;
    for (const token of tokenIndices(event.data.delta)) tokenAt[token] ??= at;
  }
  return { run, eventAt, tokenAt, states: [], end, integrity: checker.result(tokens) };
}

function eventStream({ agent, run }: BareReaderOptions): Line {
  const pieces: Piece[] = [];
  const opened = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const sent = request(`${agent}/runs/${run}/events?heartbeat=${HEARTBEAT_MS}`, { agent: false, headers: { Accept: "text/event-stream" } });
  const fail = (error: Error): void => {
    opened.reject(error);
    ended.reject(error);
  };
  sent.on("error", fail);
  sent.on("response", (response) => {
    if (response.statusCode !== 200) return fail(new Error(`The agent answered ${response.statusCode}.`));
    opened.resolve();
    response.on("data", (data: Buffer) => pieces.push({ at: machineNow(), data }));
    response.on("end", () => ended.resolve());
    response.on("error", fail);
  });
  sent.end();
  return { opened: opened.promise, ended: ended.promise, pieces, events: eventsOfStream, close: () => sent.destroy() };
}

function eventsOfStream(pieces: readonly Piece[]): { event: RunEvent; at: number }[] {
  const events: { event: RunEvent; at: number }[] = [];
  let now = Number.NaN;
  const parser = createParser({ onEvent: ({ id = "", data }) => events.push({ event: { id, data: JSON.parse(data) }, at: now }) });
  const decoder = new TextDecoder();
  for (const { at, data } of pieces) {
    now = at;
    parser.feed(decoder.decode(data, { stream: true }));
  }
  return events;
}

function socket({ agent, run, compressed }: BareReaderOptions): Line {
  const pieces: Piece[] = [];
  const opened = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const url = `${agent.replace("http", "ws")}?v=1&heartbeat=${HEARTBEAT_MS}`;
  const socket = new WebSocket(url, { perMessageDeflate: compressed });
  const ping = setInterval(() => socket.send('{"type":"ping"}'), PING_MS);
  const fail = (error: Error): void => {
    clearInterval(ping);
    opened.reject(error);
    ended.reject(error);
  };
  socket.on("error", fail);
  socket.on("close", (code) => fail(new Error(`The socket was closed: ${code}.`)));
  socket.on("message", (data: Buffer) => {
    const at = machineNow();
    if (data.includes('"type":"resumed"')) opened.resolve();
    else if (data.includes('"type":"error"')) fail(new Error(data.toString()));
    if (!data.includes('"type":"events"')) return;
    pieces.push({ at, data });
    // PROTOCOL.md §4.4: what is not acknowledged is not paced, and waits in the runtime's memory.
    if (data.includes('"ack":true')) socket.send(JSON.stringify({ type: "ack", run, id: eventsOfFrame(data).at(-1)?.id }));
    if (data.includes("data-run-end")) ended.resolve();
  });
  socket.on("open", () => {
    if ((socket.extensions !== "") !== compressed) fail(new Error(`The socket's extensions are "${socket.extensions}".`));
    socket.send(JSON.stringify({ type: "resume", run, acks: true }));
  });
  const close = (): void => {
    clearInterval(ping);
    socket.terminate();
  };
  return { opened: opened.promise, ended: ended.promise, pieces, events: eventsOfFrames, close };
}

function eventsOfFrames(pieces: readonly Piece[]): { event: RunEvent; at: number }[] {
  return pieces.flatMap(({ at, data }) => eventsOfFrame(data).map((event) => ({ event, at })));
}

interface EventsFrame {
  readonly id: string;
  readonly events: readonly RunEvent["data"][];
}

/** PROTOCOL.md §4.2: a frame's `id` is its first event's, and the others follow. */
function eventsOfFrame(data: Buffer): RunEvent[] {
  const frame: EventsFrame = JSON.parse(data.toString());
  const [epoch, first] = frame.id.split(".");
  return frame.events.map((event, index) => ({ id: `${epoch}.${Number(first) + index}`, data: event }));
}
